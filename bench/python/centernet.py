"""CenterNet with PyTorch's own modules: the networks that the tests of
train/centernet are compared with, targets and losses."""
import math
import os
import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../train/backbone/testdata"))
import networks

STRIDE, SLOTS, OVERLAP = 4, 128, 0.7
STAGES = (256, 128, 64)
FACTORS = (1, 0.1, 1)  # of the losses of heatmap, size and offset


def network(name, classes):
    """The network with PyTorch's first weights, but for the deformable layers,
    which networks.py leaves at 0, and the ends of the heads."""
    backbone = networks.BACKBONES[name]()
    if name == "dla34":
        net = networks.CenterNet(backbone, networks.DLANeck(), STAGES[-1], 256, classes, False)
    else:
        mobile = name.startswith("mobilenet")
        channels = {"mobilenet_v2": 320, "resnet18": 512}[name]
        net = networks.CenterNet(backbone, networks.Stages(channels, STAGES, not mobile), STAGES[-1], 64, classes, mobile)
    for m in net.modules():
        if isinstance(m, networks.Dcn):
            nn.init.kaiming_uniform_(m.weight, a=5 ** 0.5)
            nn.init.zeros_(m.conv_offset_mask.weight)
            nn.init.zeros_(m.conv_offset_mask.bias)
        if isinstance(m, networks.Head):
            nn.init.normal_(m.out.weight, std=0.001)
    nn.init.constant_(net.heads["heatmap"].out.bias, -2.19)
    return net


def optimiser(net, lr, weight_decay):
    return torch.optim.Adam(net.parameters(), lr=lr, weight_decay=weight_decay)


def losses(out, weights, heatmap, index, size, offset, mask):
    """Of heatmap, size and offset."""
    return (heatmap_loss(out[0], heatmap, weights),
            regression_loss(out[1], index, size, mask), regression_loss(out[2], index, offset, mask))


def heatmap_loss(logits, target, weights, gamma=2, beta=4):
    """Penalty-reduced focal loss with a weight for each class, over the objects."""
    p = torch.sigmoid(logits).clamp(1e-4, 1 - 1e-4)
    positive = target.eq(1)
    at = torch.log(p) * (1 - p).pow(gamma)
    elsewhere = torch.log(1 - p) * p.pow(gamma) * (1 - target).pow(beta)
    loss = -(torch.where(positive, at, elsewhere) * weights[None, :, None, None]).sum()
    return loss / positive.sum().clamp(min=1)


def regression_loss(maps, index, target, mask):
    """L1 at the centres of the objects."""
    maps = maps.flatten(2).transpose(1, 2)
    found = maps.gather(1, index[:, :, None].expand(-1, -1, 2))
    mask = mask[:, :, None].expand_as(found)
    return functional.l1_loss(found * mask, target * mask, reduction="sum") / (mask.sum() + 1e-4)


def find(out, side, top=100):
    """Scores, classes and boxes (left, top, width, height in pixels) of each image: the
    highest of the peaks of the heatmap."""
    heat = torch.sigmoid(out[0])
    heat = heat * heat.eq(functional.max_pool2d(heat, 3, 1, 1))
    scores, at = heat.flatten(1).topk(min(top, heat[0].numel()))
    width = heat.shape[3]
    area = heat.shape[2] * width
    cell = at % area
    size, offset = (m.flatten(2).gather(2, cell[:, None].expand(-1, 2, -1)) for m in out[1:])
    centre = torch.stack((cell % width, cell // width), 1) + offset
    boxes = STRIDE * torch.cat((centre - size.clamp(min=0) / 2, size.clamp(min=0)), 1)
    return list(zip(scores, at // area, boxes.transpose(1, 2)))


def encode(boxes, side, classes):
    """Heatmap, and of at most SLOTS objects cell, size, offset and a mark."""
    cells = side // STRIDE
    heatmap = np.zeros((classes, cells, cells), np.float32)
    index = np.zeros(SLOTS, np.int64)
    size, offset = np.zeros((SLOTS, 2), np.float32), np.zeros((SLOTS, 2), np.float32)
    mask = np.zeros(SLOTS, np.float32)
    for n, (c, *box) in enumerate(boxes[:SLOTS]):
        x0, y0, x1, y1 = (v / STRIDE for v in box)
        w, h, cx, cy = x1 - x0, y1 - y0, (x0 + x1) / 2, (y0 + y1) / 2
        ix, iy = min(int(cx), cells - 1), min(int(cy), cells - 1)
        draw(heatmap[int(c)], ix, iy, max(0, int(radius(math.ceil(h), math.ceil(w)))))
        index[n], size[n], offset[n], mask[n] = iy * cells + ix, (w, h), (cx - ix, cy - iy), 1
    return heatmap, index, size, offset, mask


def radius(h, w):
    """The arithmetic of gaussian_radius in CenterNet's src/lib/utils/image.py."""
    roots = []
    b, c = h + w, w * h * (1 - OVERLAP) / (1 + OVERLAP)
    roots.append((b + math.sqrt(b * b - 4 * c)) / 2)
    b, c = 2 * (h + w), (1 - OVERLAP) * w * h
    roots.append((b + math.sqrt(b * b - 16 * c)) / 2)
    a, b, c = 4 * OVERLAP, -2 * OVERLAP * (h + w), (OVERLAP - 1) * w * h
    roots.append((b + math.sqrt(b * b - 4 * a * c)) / 2)
    return min(roots)


def draw(plane, ix, iy, r):
    sigma = (2 * r + 1) / 6
    line = np.exp(-np.arange(-r, r + 1, dtype=np.float32) ** 2 / (2 * sigma * sigma))
    x0, x1 = max(ix - r, 0), min(ix + r + 1, plane.shape[1])
    y0, y1 = max(iy - r, 0), min(iy + r + 1, plane.shape[0])
    part = plane[y0:y1, x0:x1]
    np.maximum(part, np.outer(line[y0 - iy + r:y1 - iy + r], line[x0 - ix + r:x1 - ix + r]), out=part)
