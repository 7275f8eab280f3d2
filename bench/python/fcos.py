"""FCOS with PyTorch's and torchvision's own modules: network, targets (the
published rule) and losses. Cells of all levels stand in one row of A."""
import math
from collections import OrderedDict

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torchvision.ops import FeaturePyramidNetwork, batched_nms, sigmoid_focal_loss
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from centernet import networks

STRIDES = (8, 16, 32, 64, 128)
BOUNDS = (-1, 64, 128, 256, 512, math.inf)
CHANNELS, PRIOR, ALPHA, GAMMA = 256, 0.01, 0.25, 2
FACTORS = (1, 1, 1)


def tower():
    layers = []
    for _ in range(4):
        layers += [nn.Conv2d(CHANNELS, CHANNELS, 3, padding=1), nn.GroupNorm(32, CHANNELS), nn.ReLU(inplace=True)]
    return nn.Sequential(*layers)


def cells(x):
    """B×C×H×W to B×H·W×C, which is a view with channels last."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


class Head(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.class_tower, self.box_tower = tower(), tower()
        self.classes, self.boxes, self.centre = (nn.Conv2d(CHANNELS, n, 3, padding=1) for n in (classes, 4, 1))
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.normal_(m.weight, std=0.01)
                nn.init.zeros_(m.bias)
        nn.init.constant_(self.classes.bias, -math.log((1 - PRIOR) / PRIOR))
        self.scales = nn.Parameter(torch.ones(len(STRIDES)))

    def forward(self, levels):
        parts = []
        for x, scale in zip(levels, self.scales):
            y = self.class_tower(x)
            parts.append((cells(self.classes(y)), torch.exp(scale * cells(self.boxes(self.box_tower(x)))), cells(self.centre(y))))
        return [torch.cat(p, 1) for p in zip(*parts)]


class FCOS(nn.Module):
    def __init__(self, backbone, channels, classes):
        super().__init__()
        self.backbone = backbone
        self.fpn = FeaturePyramidNetwork(channels, CHANNELS, LastLevelP6P7(CHANNELS, CHANNELS))
        self.head = Head(classes)

    def forward(self, x):
        maps = self.backbone(x)[1:]
        return self.head(self.fpn(OrderedDict((str(i), m) for i, m in enumerate(maps))).values())


def network(name, classes):
    channels = {"mobilenet_v2": (32, 96, 320), "resnet18": (128, 256, 512), "resnet50": (512, 1024, 2048)}[name]
    return FCOS(networks.BACKBONES[name](), channels, classes)


def optimiser(net, lr, weight_decay):
    """Biases learn twice as fast, without decay."""
    biases = [p for n, p in net.named_parameters() if n.endswith("bias")]
    others = [p for n, p in net.named_parameters() if not n.endswith("bias")]
    return torch.optim.SGD([{"params": others}, {"params": biases, "lr": 2 * lr, "weight_decay": 0}], lr=lr, momentum=0.9, weight_decay=weight_decay)


def losses(out, weights, labels, distances):
    """Of classes, boxes and centre-ness."""
    logits, found, centre = out
    positive = labels.ge(0)
    count = positive.sum().clamp(min=1)
    truth = functional.one_hot(labels + 1, len(weights) + 1)[..., 1:].to(logits.dtype)
    classes = (sigmoid_focal_loss(logits, truth, ALPHA, GAMMA) * weights).sum() / count
    found, wanted, centre = found[positive], distances[positive], centre[positive][:, 0]
    target = centreness(wanted)
    boxes = (target * iou_loss(found, wanted)).sum() / target.sum().clamp(min=1e-6)
    return classes, boxes, functional.binary_cross_entropy_with_logits(centre, target, reduction="sum") / count


def centreness(d):
    across, along = d[:, 0::2], d[:, 1::2]
    return (across.amin(1) / across.amax(1) * along.amin(1) / along.amax(1)).sqrt()


def iou_loss(found, wanted):
    """−log((I+1)/(U+1)) of distances l, t, r, b from the same point."""
    area = lambda d: (d[:, 0] + d[:, 2]) * (d[:, 1] + d[:, 3])
    both = area(torch.minimum(found, wanted))
    return -torch.log((both + 1) / (area(found) + area(wanted) - both + 1))


def find(out, side, threshold=0.05, candidates=1000, overlap=0.6, top=100):
    """Scores, classes and boxes (left, top, right, bottom in pixels) of each image."""
    points, bounds = (torch.from_numpy(a) for a in grid(side))
    levels = [int(n) for n in torch.unique_consecutive(bounds[:, 0], return_counts=True)[1]]
    found = []
    for logits, distances, centre in zip(*out):
        classes = torch.sigmoid(logits)
        scores = (classes * torch.sigmoid(centre)).sqrt() * classes.gt(threshold)
        first, parts = 0, []
        for n in levels:
            best, at = scores[first:first + n].flatten().topk(min(candidates, n * scores.shape[1]))
            at, best = at[best > 0], best[best > 0]
            parts.append((best, first + at // scores.shape[1], at % scores.shape[1]))
            first += n
        best, cell, label = (torch.cat(p) for p in zip(*parts))
        d, at = distances[cell], points[cell]
        boxes = torch.cat((at - d[:, :2], at + d[:, 2:]), 1).clamp(0, side)
        kept = batched_nms(boxes, best, label, overlap)[:top]
        found.append((best[kept], label[kept], boxes[kept]))
    return found


def grid(side):
    """Points of all cells, and the bounds of the largest distance there."""
    points, bounds, n = [], [], side // STRIDES[0]
    for level, stride in enumerate(STRIDES):
        line = stride * np.arange(n, dtype=np.float32) + stride // 2
        points.append(np.stack(np.meshgrid(line, line), -1).reshape(-1, 2))
        bounds.append(np.tile(np.float32(BOUNDS[level:level + 2]), (n * n, 1)))
        n = (n + 1) // 2
    return np.concatenate(points), np.concatenate(bounds)


def encode(boxes, side, classes):
    """Labels (−1: background) and distances l, t, r, b of all cells."""
    points, bounds = grid(side)
    labels, wanted = np.full(len(points), -1, np.int64), np.zeros((len(points), 4), np.float32)
    if len(boxes) == 0:
        return labels, wanted
    box = boxes[None, :, 1:]
    d = np.concatenate((points[:, None] - box[..., :2], box[..., 2:] - points[:, None]), -1)  # A×N×4
    most = d.max(-1)
    fits = (d.min(-1) > 0) & (most >= bounds[:, :1]) & (most <= bounds[:, 1:])
    area = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    owner = np.where(fits, area, np.inf).argmin(1)
    positive = fits.any(1)
    labels[positive] = boxes[owner[positive], 0]
    wanted[positive] = d[positive, owner[positive]]
    return labels, wanted
