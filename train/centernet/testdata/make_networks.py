#!/usr/bin/env python3
"""Write NAME.json for CenterNets of Table 3: what PyTorch computes, in float64,
with the networks and numbers of ../../backbone/testdata/networks.py.

usage: make_networks.py FOLDER
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../backbone/testdata"))
import networks

CLASSES, STAGES = 3, (256, 128, 64)

NETS = {
    "resnet18_deformable": lambda: networks.CenterNet(networks.ResNet("resnet18"), networks.Stages(512, STAGES, True), 64, 64, CLASSES, False),
    "resnet18_plain": lambda: networks.CenterNet(networks.ResNet("resnet18"), networks.Stages(512, STAGES, False), 64, 64, CLASSES, True),
    "mobilenet_v3_large": lambda: networks.CenterNet(networks.BACKBONES["mobilenet_v3_large"](), networks.Stages(160, STAGES, False), 64, 64, CLASSES, True),
    "dla34": lambda: networks.CenterNet(networks.DLA34(), networks.DLANeck(), 64, 256, CLASSES, False),
}
FIRST = {"mobilenet_v3_large": "backbone.features.0.0.weight", "dla34": "backbone.base_layer.0.weight"}
MIDDLE = {"dla34": ("neck.dla_up.ida_0.proj_1.conv.weight", "neck.dla_up.ida_2.proj_2.conv.conv_offset_mask.weight", "neck.dla_up.ida_2.up_1.weight", "neck.ida_up.up_2.weight")}


def write(name, report):
    with open(f"{sys.argv[1]}/{name}.json", "w") as f:
        json.dump(report, f, indent=0, separators=(",", ":"))
        f.write("\n")


def main():
    images = networks.image(2, 64, 96)
    for name, make in NETS.items():
        watched = (FIRST.get(name, "backbone.conv1.weight"), *MIDDLE.get(name, ("neck.0.conv.weight", "neck.1.up.weight")), "heads.heatmap.conv.weight", "heads.offset.out.bias")
        write(name, networks.case(make().double(), images, watched, 1.5 if name == "mobilenet_v3_large" else 2))


main()
