#!/usr/bin/env python3
"""Make focal.json: the losses of CenterNet by torch and its autograd, in float64.

Needs torch (made with 1.13). usage: make_focal.py > focal.json
"""
import json

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def focal(x, g, w, gamma):
    p = torch.clamp(torch.sigmoid(x), 1e-4, 1 - 1e-4)
    pos, neg = g.eq(1).double(), g.lt(1).double()
    w = w[:, :, None, None]
    pos_loss = (w * torch.log(p) * (1 - p) ** gamma * pos).sum()
    neg_loss = (w * torch.log(1 - p) * p ** gamma * (1 - g) ** 4 * neg).sum()
    n = pos.sum()
    return -neg_loss if n == 0 else -(pos_loss + neg_loss) / n


def heatmap_case(name, shape, gamma=2.0, centres=3, scale=3.0):
    b, c, h, w = shape
    x = (torch.randn(shape) * scale).requires_grad_()
    g = torch.rand(shape) * 0.99
    g.view(-1)[torch.randperm(g.numel())[: g.numel() // 2]] = 0
    g.view(-1)[torch.randperm(g.numel())[:centres]] = 1
    weights = torch.rand(b, c) * 4
    loss = focal(x, g, weights, gamma)
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"name": name, "shape": shape, "gamma": gamma, "logits": flat(x), "heatmap": flat(g),
            "weights": flat(weights), "loss": loss.item(), "grad": flat(x.grad)}


def l1_case(objects, rows):
    mask = torch.zeros(rows, 2)
    mask[torch.randperm(rows)[:objects]] = 1
    pred = (torch.randn(rows, 2) * 5).requires_grad_()
    target = torch.randn(rows, 2) * 5
    with torch.no_grad():
        pred[0] = target[0]
    loss = torch.nn.functional.l1_loss(pred * mask, target * mask, reduction="sum") / (mask.sum() + 1e-4)
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"pred": flat(pred), "target": flat(target), "mask": flat(mask), "loss": loss.item(), "grad": flat(pred.grad)}


print(json.dumps({
    "torch": torch.__version__,
    "focal": [
        heatmap_case("two images", [2, 3, 2, 2]),
        heatmap_case("no centres", [1, 2, 2, 3], centres=0),
        heatmap_case("clamped", [1, 2, 3, 2], scale=12.0),
        heatmap_case("gamma 0", [1, 2, 2, 2], gamma=0.0),
        heatmap_case("gamma 1.5", [1, 2, 2, 2], gamma=1.5),
    ],
    "l1": [l1_case(3, 5), l1_case(0, 2)],
}, indent=1))
