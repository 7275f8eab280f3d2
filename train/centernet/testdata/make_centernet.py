#!/usr/bin/env python3
"""Write centernet.json: what PyTorch's own modules compute for a small CenterNet.

The backbone is torchvision's MobileNetV2 without its last convolution, width
0.25; neck and heads are written with torch.nn from the paper's description.
Every tensor is filled by a formula of its position in the network and of the
element's index, so that the test can fill the network under test alike.

usage: make_centernet.py > centernet.json   (torch 1.13, torchvision 0.14)
"""
import json

import torch
from torch import nn
from torchvision.models import mobilenet_v2

CLASSES, NECK, HEAD = 3, (24, 16, 8), 12


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.features = mobilenet_v2(width_mult=0.25).features[:-1]
        channels = self.backbone.features[-1].conv[-1].num_features
        self.neck = nn.ModuleList()
        for out in NECK:
            stage = nn.Module()
            stage.conv = nn.Conv2d(channels, out, 3, padding=1, bias=False)
            stage.conv_norm = nn.BatchNorm2d(out)
            stage.up = nn.ConvTranspose2d(out, out, 4, stride=2, padding=1, bias=False)
            stage.up_norm = nn.BatchNorm2d(out)
            self.neck.append(stage)
            channels = out
        self.heads = nn.ModuleDict()
        for name, out in (("heatmap", CLASSES), ("size", 2), ("offset", 2)):
            head = nn.Module()
            head.conv = nn.Conv2d(channels, HEAD, 3, padding=1)
            head.norm = nn.BatchNorm2d(HEAD)
            head.out = nn.Conv2d(HEAD, out, 1)
            self.heads[name] = head

    def forward(self, x):
        x = self.backbone.features(x)
        for s in self.neck:
            x = s.conv_norm(s.conv(x)).relu()
            x = s.up_norm(s.up(x)).relu()
        return {k: h.out(h.norm(h.conv(x).relu())) for k, h in self.heads.items()}


def fill(net):
    for k, (name, t) in enumerate(e for e in net.state_dict().items() if not e[0].endswith("num_batches_tracked")):
        i = torch.arange(t.numel(), dtype=torch.float64)
        wave = torch.sin(0.7 * i + k)
        if name.endswith("running_var"):
            wave = 1 + 0.5 * wave
        elif t.dim() == 4:
            wave = wave / (t[0].numel() ** 0.5)
        t.copy_(wave.float().view(t.shape))


def main():
    net = Net()
    with torch.no_grad():
        fill(net)
    x = torch.cos(0.01 * torch.arange(2 * 3 * 64 * 64, dtype=torch.float64)).float().view(2, 3, 64, 64)
    report = {"entries": [{"name": n, "shape": list(t.shape)} for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")]}
    for mode in ("eval", "train"):
        getattr(net, mode)()
        with torch.no_grad():
            out = net(x)
        report[mode] = {k: [round(float(v), 7) for v in t.flatten()[::37]] for k, t in out.items()}
    print(json.dumps(report))


main()
