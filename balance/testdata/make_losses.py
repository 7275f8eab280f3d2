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


def heatmap_loss(x, g, w, gamma):
    p = torch.clamp(torch.sigmoid(x), 1e-4, 1 - 1e-4)
    pos, neg = g.eq(1).double(), g.lt(1).double()
    pos_loss = (w * torch.log(p) * (1 - p) ** gamma * pos).sum()
    neg_loss = (w * torch.log(1 - p) * p ** gamma * (1 - g) ** 4 * neg).sum()
    n = pos.sum()
    return -neg_loss if n == 0 else -(pos_loss + neg_loss) / n


def heatmap_case(name, shape, gamma=2.0, centres=3, scale=3.0, zeros=0.5, weighting="class-wise", tail=None, background=1.0):
    b, c, h, w = shape
    x = (torch.randn(shape) * scale).requires_grad_()
    g = torch.rand(shape) * 0.99
    g.view(-1)[torch.randperm(g.numel())[: int(g.numel() * zeros)]] = 0
    g.view(-1)[torch.randperm(g.numel())[:centres]] = 1
    weights = torch.rand(b, c) * 4
    e = [torch.tensor([1.0 - t for t in tail]), torch.tensor([background if t else 1.0 for t in tail])] if tail else [None, None]
    loss = heatmap_loss(x, g, spread(g, weights, weighting, *e), gamma)
    loss.backward()
    flat = lambda t: t.detach().reshape(-1).tolist()
    return {"name": name, "shape": shape, "gamma": gamma, "weighting": weighting, "tail": tail, "background": background,
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
}, indent=1))
