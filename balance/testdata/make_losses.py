#!/usr/bin/env python3
"""Make losses.json: the losses by torch and its autograd, in float64.

Needs torch (made with 1.13). usage: make_losses.py > losses.json
"""
import json

import torch

torch.manual_seed(7)
torch.set_default_dtype(torch.float64)


def spread(g, w, weighting, foreground, background):
    """The weight of every term, B,C,H,W."""
    w = w[:, :, None, None].expand_as(g)
    seen = (g > 0).any(1, keepdim=True)
    if weighting == "location-wise":
        first = g.argmax(1, keepdim=True)  # no two positive values are equal here
        return torch.where(seen, w.gather(1, first), torch.ones(())).expand_as(g)
    if weighting == "equalised":
        e = torch.where(seen, foreground[:, None, None], background[:, None, None])
        return w * torch.where(g > 0, torch.ones(()), e)
    return w


def balanced_loss(x, g, w, gamma, alpha):
    p, pos = torch.sigmoid(x), g.eq(1).double()
    logs = torch.nn.functional.logsigmoid
    terms = pos * alpha * (1 - p) ** gamma * logs(x) + (1 - pos) * (1 - alpha) * p ** gamma * logs(-x)
    return -(w * terms).sum() / max(1, pos.sum())


def heatmap_loss(x, g, w, gamma):
    p = torch.clamp(torch.sigmoid(x), 1e-4, 1 - 1e-4)
    pos, neg = g.eq(1).double(), g.lt(1).double()
    pos_loss = (w * torch.log(p) * (1 - p) ** gamma * pos).sum()
    neg_loss = (w * torch.log(1 - p) * p ** gamma * (1 - g) ** 4 * neg).sum()
    n = pos.sum()
    return -neg_loss if n == 0 else -(pos_loss + neg_loss) / n


def heatmap_case(name, shape, gamma=2.0, centres=3, scale=3.0, zeros=0.5, weighting="class-wise", tail=None, background=1.0, alpha=0.0):
    b, c, h, w = shape
    x = (torch.randn(shape) * scale).requires_grad_()
    g = torch.rand(shape) * 0.99
    g.view(-1)[torch.randperm(g.numel())[: int(g.numel() * zeros)]] = 0
    g.view(-1)[torch.randperm(g.numel())[:centres]] = 1
    weights = torch.rand(b, c) * 4
    e = [torch.tensor([1.0 - t for t in tail]), torch.tensor([background if t else 1.0 for t in tail])] if tail else [None, None]
    if alpha > 0:
        g = g.eq(1).double()
    w = spread(g, weights, weighting, *e)
    loss = balanced_loss(x, g, w, gamma, alpha) if alpha > 0 else heatmap_loss(x, g, w, gamma)
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"name": name, "shape": shape, "gamma": gamma, "alpha": alpha, "weighting": weighting, "tail": tail, "background": background,
            "logits": flat(x), "heatmap": flat(g), "weights": flat(weights), "loss": loss.item(), "grad": flat(x.grad)}


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


def overlap_loss(kind, pred, target):
    """The weighted mean over boxes of distances l, t, r, b."""
    area = lambda d: (d[:, 0] + d[:, 2]) * (d[:, 1] + d[:, 3])
    shared = area(torch.min(pred, target))
    around = area(torch.max(pred, target))
    covered = area(pred) + area(target) - shared
    each = {"iou": -torch.log(shared / covered), "iou+1": -torch.log((shared + 1) / (covered + 1)),
            "giou": 1 - (shared / covered - (around - covered) / around)}[kind]
    c = centreness(target)
    return (c * each).sum() / c.sum()


def centreness(d):
    pairs = d[:, [0, 2]], d[:, [1, 3]]
    return torch.sqrt(torch.stack([p.min(1)[0] / p.max(1)[0] for p in pairs]).prod(0))


def box_case(kind, boxes, scale):
    pred = (torch.randn(boxes, 4).exp() * scale).requires_grad_()
    target = torch.randn(boxes, 4).exp() * scale
    loss = overlap_loss(kind, pred, target)
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"kind": kind, "pred": flat(pred), "target": flat(target), "loss": loss.item(), "grad": flat(pred.grad)}


def centre_case(boxes):
    target = torch.randn(boxes, 4).exp()
    logits = (torch.randn(boxes) * 5).requires_grad_()
    loss = torch.nn.functional.binary_cross_entropy_with_logits(logits, centreness(target))
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"distances": flat(target), "logits": flat(logits), "loss": loss.item(), "grad": flat(logits.grad)}


print(json.dumps({
    "torch": torch.__version__,
    "heatmap": [
        heatmap_case("two images", [2, 3, 2, 2]),
        heatmap_case("no centres", [1, 2, 2, 3], centres=0),
        heatmap_case("clamped", [1, 2, 3, 2], scale=12.0),
        heatmap_case("gamma 0", [1, 2, 2, 2], gamma=0.0),
        heatmap_case("gamma 1.5", [1, 2, 2, 2], gamma=1.5),
        heatmap_case("location-wise", [2, 3, 2, 3], zeros=0.8, weighting="location-wise"),
        heatmap_case("location-wise cross entropy", [1, 4, 3, 2], gamma=0.0, zeros=0.8, scale=6.0, weighting="location-wise"),
        heatmap_case("equalised", [2, 3, 2, 3], zeros=0.8, weighting="equalised", tail=[True, False, True]),
        heatmap_case("equalised, background", [2, 3, 3, 2], zeros=0.8, scale=6.0, weighting="equalised", tail=[False, True, True], background=0.5),
        heatmap_case("equalised cross entropy", [1, 2, 3, 3], gamma=0.0, zeros=0.8, weighting="equalised", tail=[True, False], background=0.5),
    ],
    "l1": [l1_case(3, 5), l1_case(0, 2)],
    "balanced": [
        heatmap_case("balanced", [2, 3, 1, 6], alpha=0.25),
        heatmap_case("balanced, no centres", [1, 2, 1, 4], centres=0, alpha=0.25),
        heatmap_case("balanced, far logits", [1, 2, 1, 6], scale=30.0, alpha=0.25),
        heatmap_case("balanced cross entropy", [1, 2, 1, 4], gamma=0.0, alpha=0.4),
        heatmap_case("balanced, location-wise", [2, 3, 1, 4], gamma=1.5, weighting="location-wise", alpha=0.25),
        heatmap_case("balanced, equalised", [1, 3, 1, 5], weighting="equalised", tail=[False, True, True], background=0.5, alpha=0.25),
    ],
    "boxes": [box_case("iou", 3, 20.0), box_case("iou+1", 3, 2.0), box_case("giou", 4, 20.0)],
    "centre": [centre_case(4)],
}, indent=1))
