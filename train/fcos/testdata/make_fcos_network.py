#!/usr/bin/env python3
"""Write network.json: outputs, losses and gradients of a small FCOS by PyTorch.

The backbone is torchvision's MobileNetV2 without its last convolution, width
0.25, the pyramid torchvision's FeaturePyramidNetwork; towers, scales, centre-ness
and losses are written with torch.nn from the FCOS paper (sections 3.1 to 3.3),
in float64. Every tensor is filled by a formula of its position in the network
and of the element's index, so that the test can fill the network under test
alike.

usage: make_fcos_network.py > network.json   (torch 1.13, torchvision 0.14)
"""
import json
from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models import mobilenet_v2
from torchvision.ops import FeaturePyramidNetwork
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock

CLASSES, CHANNELS, BATCH, HEIGHT, WIDTH = 3, 64, 2, 96, 160
ALPHA, GAMMA = 0.25, 2
STEP = 15  # of the outputs that are kept, some of every level


class P6P7(ExtraFPNBlock):
    """P6 of P5, P7 of relu(P6)."""

    def __init__(self, channels):
        super().__init__()
        self.p6 = nn.Conv2d(channels, channels, 3, 2, 1)
        self.p7 = nn.Conv2d(channels, channels, 3, 2, 1)

    def forward(self, p, c, names):
        p6 = self.p6(p[-1])
        return p + [p6, self.p7(F.relu(p6))], names + ["p6", "p7"]


def tower(channels):
    layers = []
    for _ in range(4):
        layers += [nn.Conv2d(channels, channels, 3, padding=1), nn.GroupNorm(32, channels), nn.ReLU()]
    return nn.Sequential(*layers)


class Scale(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(1))


class Head(nn.Module):
    def __init__(self, channels, classes):
        super().__init__()
        self.classification_head = nn.Module()
        self.classification_head.conv = tower(channels)
        self.classification_head.cls_logits = nn.Conv2d(channels, classes, 3, padding=1)
        self.classification_head.bbox_ctrness = nn.Conv2d(channels, 1, 3, padding=1)
        self.regression_head = nn.Module()
        self.regression_head.conv = tower(channels)
        self.regression_head.bbox_reg = nn.Conv2d(channels, 4, 3, padding=1)
        self.scales = nn.ModuleList(Scale() for _ in range(5))

    def forward(self, levels):
        logits, distances, centreness = [], [], []
        for x, s in zip(levels, self.scales):
            y = self.classification_head.conv(x)
            logits.append(self.classification_head.cls_logits(y).flatten(2))
            centreness.append(self.classification_head.bbox_ctrness(y).flatten(2))
            y = self.regression_head.bbox_reg(self.regression_head.conv(x))
            distances.append(torch.exp(s.scale * y).flatten(2))
        return torch.cat(logits, 2), torch.cat(distances, 2), torch.cat(centreness, 2)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.features = mobilenet_v2(width_mult=0.25).features[:-1]
        # C3, C4 and C5: the last blocks at strides 8, 16 and 32.
        self.taps = (6, 13, 17)
        channels = [self.backbone.features[i].conv[-1].num_features for i in self.taps]
        self.fpn = FeaturePyramidNetwork(channels, CHANNELS, P6P7(CHANNELS))
        self.head = Head(CHANNELS, CLASSES)

    def forward(self, x):
        maps = OrderedDict()
        for i, block in enumerate(self.backbone.features):
            x = block(x)
            if i in self.taps:
                maps[str(i)] = x
        return self.head(list(self.fpn(maps).values()))


def fill(net):
    for k, (name, t) in enumerate(entries(net)):
        i = torch.arange(t.numel(), dtype=torch.float64)
        wave = torch.sin(0.7 * i + k)
        if name.endswith("running_var"):
            wave = 1 + 0.5 * wave
        elif t.dim() == 4:
            wave = wave / (t[0].numel() ** 0.5)
        elif name.endswith("scale"):
            wave = 1 + 0.2 * wave
        t.copy_(wave.float().view(t.shape))


def entries(net):
    return [(n, t) for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")]


def targets(cells):
    """Labels, distances, centre-ness and class weights of every image."""
    n = BATCH * cells
    i = torch.arange(n)
    labels = torch.where(i % 2 == 0, (i // 2) % CLASSES, -1).view(BATCH, cells)
    d = (2 + 1.5 * torch.sin(0.37 * torch.arange(4 * n, dtype=torch.float64))).float().double().view(BATCH, 4, cells)
    l, t, r, b = d.unbind(1)
    centre = torch.sqrt(torch.minimum(l, r) / torch.maximum(l, r) * torch.minimum(t, b) / torch.maximum(t, b)).float().double()
    weights = (1 + 0.3 * torch.sin(torch.arange(BATCH * CLASSES, dtype=torch.float64))).float().double().view(BATCH, CLASSES)
    return labels, d, centre, weights


def losses(out, labels, d, centre, weights):
    logits, distances, ctr = out
    positive = labels >= 0
    positives = max(1, int(positive.sum()))
    # Focal loss, every channel weighted by its class's weight.
    g = torch.zeros_like(logits)
    for b, n in positive.nonzero().tolist():
        g[b, labels[b, n], n] = 1
    p = torch.sigmoid(logits)
    pt = torch.where(g == 1, p, 1 - p)
    a = torch.where(g == 1, torch.tensor(ALPHA).double(), torch.tensor(1 - ALPHA).double())
    focal = -a * (1 - pt) ** GAMMA * torch.where(g == 1, F.logsigmoid(logits), F.logsigmoid(-logits))
    classes = (weights[:, :, None] * focal).sum() / positives
    # IoU loss of boxes around the same point.
    q, u = distances.transpose(1, 2)[positive].T, d.transpose(1, 2)[positive].T
    area = lambda x: (x[0] + x[2]) * (x[1] + x[3])
    w = torch.minimum(q[0], u[0]) + torch.minimum(q[2], u[2])
    h = torch.minimum(q[1], u[1]) + torch.minimum(q[3], u[3])
    both = w * h
    c = centre[positive]
    box = (c * -torch.log((both + 1) / (area(q) + area(u) - both + 1))).sum() / c.sum()
    centreness = F.binary_cross_entropy_with_logits(ctr[:, 0][positive], c, reduction="sum") / positives
    return classes, box, centreness


def sample(t, step):
    return [float("%.7g" % v) for v in t.detach().flatten()[::step].tolist()]


def main():
    net = Net()
    with torch.no_grad():
        fill(net)
    net.double()
    n = BATCH * 3 * HEIGHT * WIDTH
    x = torch.cos(0.01 * torch.arange(n, dtype=torch.float64)).float().double().view(BATCH, 3, HEIGHT, WIDTH)
    # Those of the backbone are counted; its own test has their names.
    own = [{"name": n, "shape": list(t.shape)} for n, t in entries(net) if not n.startswith("backbone.")]
    state = {n: t.clone() for n, t in net.state_dict().items()}
    report = {"backbone": len(entries(net)) - len(own), "entries": own}
    for mode in ("train", "eval"):
        net.load_state_dict(state)
        getattr(net, mode)()
        out = net(x)
        report[mode] = dict(zip(("logits", "distances", "centreness"), (sample(o, STEP) for o in out)))
    # With the running statistics: those of 30 numbers, as the last maps have, make
    # gradients in float32 of PyTorch's, too, differ by up to 1e-2 from those in float64.
    parts = losses(out, *targets(out[0].shape[2]))
    report["losses"] = [float("%.8g" % v) for v in parts]
    sum(parts).backward()
    # Of each gradient, of the backbone's every eighth, its largest magnitude and at
    # most three of its values.
    report["gradients"] = {
        name: [float("%.7g" % p.grad.abs().max())] + sample(p.grad, max(1, p.numel() // 3))[:3]
        for i, (name, p) in enumerate(net.named_parameters())
        if not name.startswith("backbone.") or i % 8 == 0
    }
    print(json.dumps(report, separators=(",", ":")))


main()
