#!/usr/bin/env python3
"""Write deform.json: values and gradients of torchvision.ops.deform_conv2d.

Every input is filled by a formula of its element's index, so that the test can
fill its own alike; only the sampled results and their sums are stored. The sum
of the output times such a wave is what backward starts from.

usage: make_deform.py > deform.json   (torch 1.13, torchvision 0.14)
"""
import json
import sys

import torch
from torchvision.ops import deform_conv2d

SAMPLES = 40

# Offsets are scale·wave, and what the case's kind makes of them.
CASES = [
    dict(name="small offsets", b=2, c=5, h=7, w=9, o=4, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=0.7),
    dict(name="far outside", b=1, c=3, h=6, w=5, o=2, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=9.0),
    dict(name="on the grid", b=2, c=4, h=5, w=8, o=3, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=3.0, kind="round"),
    dict(name="no offsets", b=1, c=4, h=6, w=4, o=5, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=0.0),
    # Padding 1 without offsets is row and column -1; half a cell is between -1 and 0.
    dict(name="at the border", b=1, c=3, h=3, w=4, o=3, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=0.0, kind="half"),
    dict(name="stride 2", b=2, c=6, h=9, w=6, o=3, rows=3, columns=3, stride=2, padding=1, dilation=1, scale=1.5),
    dict(name="dilation 2", b=2, c=3, h=8, w=7, o=4, rows=3, columns=3, stride=1, padding=2, dilation=2, scale=1.5),
    dict(name="2x3 taps", b=1, c=3, h=6, w=7, o=2, rows=2, columns=3, stride=2, padding=0, dilation=1, scale=1.0),
    dict(name="1x1 taps", b=3, c=4, h=5, w=6, o=3, rows=1, columns=1, stride=1, padding=0, dilation=1, scale=1.5),
    dict(name="one column", b=2, c=3, h=6, w=3, o=2, rows=3, columns=3, stride=1, padding=0, dilation=1, scale=1.5),
    # More than one tile of pixels, chunk of channels and panel of outputs.
    dict(name="many channels", b=3, c=72, h=11, w=13, o=40, rows=3, columns=3, stride=1, padding=1, dilation=1, scale=2.0),
]


def wave(k, *shape):
    i = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return torch.sin(0.7 * (k + 1) * i + k).view(shape)


def run(c):
    b, taps = c["b"], c["rows"] * c["columns"]
    size = lambda n, k: (n + 2 * c["padding"] - c["dilation"] * (k - 1) - 1) // c["stride"] + 1
    h, w = size(c["h"], c["rows"]), size(c["w"], c["columns"])
    offset = c["scale"] * wave(1, b, 2 * taps, h, w)
    if c.get("kind") == "round":
        offset = offset.round()
    if c.get("kind") == "half":
        offset = offset + 0.5
    inputs = dict(
        x=wave(0, b, c["c"], c["h"], c["w"]),
        offset=offset,
        mask=0.5 + 0.4 * wave(2, b, taps, h, w),
        weight=wave(3, c["o"], c["c"], c["rows"], c["columns"]) / (c["c"] * taps) ** 0.5,
        bias=wave(4, c["o"]),
    )
    t = {k: v.float().double().requires_grad_() for k, v in inputs.items()}
    y = deform_conv2d(t["x"], t["offset"], t["weight"], t["bias"], stride=c["stride"], padding=c["padding"], dilation=c["dilation"], mask=t["mask"])
    (y * wave(5, *y.shape).float().double()).sum().backward()
    results = dict(out=y.detach(), **{k: v.grad for k, v in t.items()})
    return dict(c, results={k: sample(v) for k, v in results.items()})


def sample(t):
    """Some of the numbers, and over all of them the sum of absolute values."""
    flat = t.flatten()
    step = max(1, -(-flat.numel() // SAMPLES)) | 1
    return dict(shape=list(t.shape), step=step, values=[float("%.9g" % v) for v in flat[::step]], size=float("%.9g" % flat.abs().sum()))


lines = ",\n".join(json.dumps(run(c)) for c in CASES)
sys.stdout.write("[\n" + lines + "\n]\n")
