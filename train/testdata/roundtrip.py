#!/usr/bin/env python3
"""Weights of torchvision's networks, and of an independent DLA, to ours and back.

usage: roundtrip.py make FOLDER NAME...    writes FOLDER/NAME.pth, as torch.save does
       roundtrip.py check FOLDER NAME...   reads FOLDER/NAME.pth; ours, that was
           loaded from it, from FOLDER/NAME.safetensors; and FOLDER/NAME.json, the
           features of the image that ours gives

check loads ours into torchvision's own network, with load_state_dict(strict=True)
but for what only classification needs. Its features of the image in our
normalisation must be those of the first weights in theirs, and those of ours. It
prints the largest difference as a part of the largest feature, by network.
(torch 1.13, torchvision 0.14)
"""
import json
import os
import struct
import sys

import torch
import torchvision
from torch import nn
from torch.nn import functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../backbone/testdata"))
import networks

MEAN, STD = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
OURS_MEAN, OURS_STD = ([0.470, 0.447, 0.408], [0.278, 0.274, 0.289])


def per_channel(values):
    return torch.tensor(values, dtype=torch.float64).view(1, 3, 1, 1)


def network(name):
    """The network as its makers have it, or DLA with what its file also holds."""
    if name != "dla34":
        return getattr(torchvision.models, name)()
    net = networks.DLA34()
    for level, i, o in ((net.level3, 64, 128), (net.level4, 128, 256)):
        level.project = nn.Sequential(*networks.conv_norm(i, o, 1))
    net.fc = nn.Conv2d(512, 1000, 1)
    return net


def body(name, net):
    """Takes off what only classification needs, and returns the last map's maker."""
    if name == "dla34":
        del net.fc, net.level3.project, net.level4.project
        return lambda x: net(x)[-1]
    if name.startswith("mobilenet"):
        net.classifier = nn.Identity()
        net.features = net.features[:-1]
        return net.features
    net.fc = nn.Identity()
    return nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1, net.layer2, net.layer3, net.layer4)


def randomise(net):
    torch.manual_seed(1)
    with torch.no_grad():
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.weight.uniform_(0.5, 1.5)
                m.bias.uniform_(-0.5, 0.5)
        net.train()
        for _ in range(2):
            net(torch.randn(4, 3, 64, 64))
        for m in net.modules():
            if isinstance(m, nn.BatchNorm2d):
                m.running_var.mul_(2)


def make(folder, name):
    net = network(name)
    randomise(net)
    torch.save(net.state_dict(), f"{folder}/{name}.pth")


def safetensors(path):
    with open(path, "rb") as f:
        header = json.loads(f.read(struct.unpack("<Q", f.read(8))[0]))
        raw = bytearray(f.read())
    tensors = {}
    for name, t in header.items():
        if name != "__metadata__":
            begin, end = t["data_offsets"]
            tensors[name] = torch.frombuffer(raw[begin:end], dtype=torch.float32).view(t["shape"])
    return tensors


def features(run, net, image, mean, std, edge):
    """What run gives of an image beyond whose edge lies the colour edge."""
    first = next(m for m in net.modules() if isinstance(m, nn.Conv2d))
    p, first.padding = first.padding[0], (0, 0)
    mean, std, edge = map(per_channel, (mean, std, edge))
    edge = (edge - mean) / std
    with torch.no_grad():
        return run(F.pad((image - mean) / std - edge, (p, p, p, p)) + edge)


def check(folder, name):
    image = (1 + networks.image(1, 64, 96)) / 2
    theirs = network(name)
    theirs.load_state_dict(torch.load(f"{folder}/{name}.pth"), strict=True)
    run = body(name, theirs.double().eval())
    want = features(run, theirs, image, MEAN, STD, OURS_MEAN)

    ours = network(name)
    run = body(name, ours.eval())
    tensors = safetensors(f"{folder}/{name}.safetensors")
    ours.load_state_dict({n[len("backbone.") :]: t for n, t in tensors.items() if n.startswith("backbone.")}, strict=True)
    got = features(run, ours.double(), image, OURS_MEAN, OURS_STD, OURS_MEAN)
    with open(f"{folder}/{name}.json") as f:
        go = torch.tensor(json.load(f), dtype=torch.float64).view(got.shape)
    return max(float((x - want).abs().max() / want.abs().max()) for x in (got, go))


def main():
    for name in sys.argv[3:]:
        if sys.argv[1] == "make":
            make(sys.argv[2], name)
        else:
            print(name, check(sys.argv[2], name))


main()
