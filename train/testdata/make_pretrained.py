#!/usr/bin/env python3
"""Write mobilenet_v2.pth, a torchvision MobileNetV2 as torch.save saves it, and
mobilenet_v2.json, what torchvision computes with it on an image.

The network has width 0.1, its last convolution 16 instead of 1280 channels and
two classes, to be small, and is saved as float16. Its statistics are those of
random images. The features are those of the backbone, without that last
convolution, on an image given as values in [0, 1]:

  exact   the image normalised as torchvision does, and beyond its edge the
          colour that is 0 in our normalisation
  plain   the same with torchvision's own padding

usage: make_pretrained.py FOLDER   (torch 1.13, torchvision 0.14)
"""
import json
import sys

import torch
from torch.nn import functional as F
from torchvision.models import mobilenet_v2
from torchvision.ops.misc import Conv2dNormActivation

MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
OURS_MEAN = torch.tensor([0.470, 0.447, 0.408])


def main():
    torch.manual_seed(1)
    net = mobilenet_v2(width_mult=0.1, num_classes=2)
    net.features[18] = Conv2dNormActivation(32, 16, kernel_size=1, activation_layer=torch.nn.ReLU6)
    net.classifier[1] = torch.nn.Linear(16, 2)
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, torch.nn.BatchNorm2d):
                m.weight.uniform_(0.5, 1.5)
                m.bias.uniform_(-0.5, 0.5)
        for _ in range(30):
            net(torch.randn(4, 3, 64, 64))
        net.half()
        torch.save(net.state_dict(), sys.argv[1] + "/mobilenet_v2.pth")
        net.float().eval()
        image = (1 + torch.cos(0.01 * torch.arange(3 * 64 * 64, dtype=torch.float64)).float().view(1, 3, 64, 64)) / 2
        x = (image - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1)
        plain = net.features[:-1](x)
        edge = ((OURS_MEAN - MEAN) / STD).view(1, 3, 1, 1)
        padded = F.pad(x - edge, (1, 1, 1, 1)) + edge
        first = net.features[0]
        exact = net.features[1:-1](first[2](first[1](F.conv2d(padded, first[0].weight, stride=2))))
    report = {"shape": list(exact.shape), "exact": exact.flatten().tolist(), "plain": plain.flatten().tolist()}
    with open(sys.argv[1] + "/mobilenet_v2.json", "w") as f:
        json.dump({k: [round(v, 6) for v in vs] for k, vs in report.items()}, f)


main()
