#!/usr/bin/env python3
"""Write NAME.json for every backbone: what PyTorch computes, in float64, with
the numbers of networks.py.

usage: make_backbones.py FOLDER
"""
import json
import sys

import networks

# Of each network the first convolution, some in the middle and the last parameter.
WATCHED = {
    "resnet18": ("conv1.weight", "layer2.0.downsample.0.weight", "layer4.1.bn2.bias"),
    "resnet34": ("conv1.weight", "layer3.5.conv1.weight", "layer4.2.bn2.bias"),
    "resnet50": ("conv1.weight", "layer1.0.downsample.0.weight", "layer3.0.conv2.weight", "layer4.2.bn3.bias"),
    "resnet101": ("conv1.weight", "layer3.11.conv2.weight", "layer4.2.bn3.bias"),
    "mobilenet_v2": ("features.0.0.weight", "features.7.conv.1.0.weight", "features.17.conv.3.bias"),
    "mobilenet_v3_large": ("features.0.0.weight", "features.4.block.2.fc1.bias", "features.13.block.1.0.weight", "features.15.block.3.1.bias"),
    "dla34": ("base_layer.0.weight", "level3.tree1.project.0.weight", "level4.tree2.root.conv.weight", "level5.root.bn.bias"),
}


def write(name, report):
    with open(f"{sys.argv[1]}/{name}.json", "w") as f:
        json.dump(report, f, indent=0, separators=(",", ":"))
        f.write("\n")


def finer(net, images, times):
    networks.halve(networks.fill(net, 0).eval(), times)
    return networks.described(net(images))


def main():
    images = networks.image(2, 64, 96)
    for name, make in networks.BACKBONES.items():
        # ReLU's slope jumps at 0, hardswish's at -3 and 3.
        shift = 1.5 if name.startswith("mobilenet_v3") else 2
        report = networks.case(make().double(), images, WATCHED[name.removesuffix("_narrow")], shift)
        if name in ("resnet18", "mobilenet_v2", "mobilenet_v3_large"):
            report["finer"] = {times: finer(make().double(), images, times) for times in (4, 3)}
        write(name, report)


main()
