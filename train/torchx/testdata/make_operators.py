#!/usr/bin/env python3
"""Write operators.json: values and gradients of layers by PyTorch.

Inputs are filled by a formula of their place in the list and of the element's
index, so that the test can make them too; the gradient that comes down from
above is filled alike. Of every result each STRIDE-th number is stored, in
row-major order.

usage: make_operators.py > operators.json   (torch 1.13)
"""
import json

import torch
from torch.nn import functional as F

STRIDE = 7


def fill(shape, k):
    n = 1
    for side in shape:
        n *= side
    i = torch.arange(n, dtype=torch.float64)
    return (2 * torch.sin(0.7 * i * (k + 1) + k)).float().view(shape)


def nearest_add(coarse, lateral):
    return F.interpolate(coarse, size=lateral.shape[-2:], mode="nearest") + lateral


def cat_cells(*levels):
    return torch.cat([level.flatten(2) for level in levels], 2).unsqueeze(2)


def up(factor):
    return lambda x, w: F.conv_transpose2d(x, w, stride=factor, padding=factor // 2, groups=x.shape[1])


def norm(x, w, b, activation=lambda z: z, training=True):
    mean, var = fill([x.shape[1]], 7), fill([x.shape[1]], 8).abs() + 0.5
    return activation(F.batch_norm(x, mean, var, 3 * w, 2 * b, training, 0.1, 1e-2))


def depthwise(x, w, stride):
    return F.conv2d(x, w, stride=stride, padding=1, groups=x.shape[1])


def conv3x3(x, w, b=None):
    return F.conv2d(x, w / 4, b, padding=1)


X = [2, 6, 5, 7]
WIDE = [2, 25, 6, 9]
TALL = [3, 25, 9, 14]  # with 36 tiles of 4x4 cells
C = [25]
CASES = {
    "relu copy": (F.relu, [X]),
    "hardsigmoid": (lambda x: F.hardsigmoid(3 * x), [X]),
    "exp scaled": (lambda x, s: torch.exp(s * x), [X, [1]]),
    "mul": (torch.mul, [X, [2, 6, 1, 1]]),
    "group norm": (lambda x, w, b: F.group_norm(x, 3, w, b, 1e-2), [X, [6], [6]]),
    "max pool 3 2 1": (lambda x: F.max_pool2d(x, 3, 2, 1), [X]),
    "max pool 2 2 0": (lambda x: F.max_pool2d(x, 2, 2, 0), [X]),
    "mean pool": (lambda x: F.adaptive_avg_pool2d(x, 1), [X]),
    "cat": (lambda *x: torch.cat(x, 1), [X, [2, 1, 5, 7], [2, 3, 5, 7]]),
    "cat cells": (cat_cells, [[2, 3, 5, 7], [2, 3, 3, 4], [2, 3, 1, 2]]),
    "nearest add": (nearest_add, [[2, 3, 3, 4], [2, 3, 5, 8]]),
    "nearest add, 13 of 25": (nearest_add, [[1, 2, 7, 13], [1, 2, 13, 25]]),
    "up 2": (up(2), [[2, 5, 3, 4], [5, 1, 4, 4]]),
    "up 4": (up(4), [[2, 3, 3, 2], [3, 1, 8, 8]]),
    "up 8": (up(8), [[1, 2, 2, 3], [2, 1, 16, 16]]),
    "batch norm": (norm, [WIDE, C, C]),
    "batch norm, running": (lambda x, w, b: norm(x, w, b, F.relu, False), [WIDE, C, C]),
    "batch norm, relu": (lambda x, w, b: norm(x, w, b, F.relu), [WIDE, C, C]),
    "batch norm, relu6": (lambda x, w, b: norm(x, w, b, F.relu6), [WIDE, C, C]),
    "batch norm, hardswish": (lambda x, w, b: norm(x, w, b, F.hardswish), [WIDE, C, C]),
    "batch norm after relu": (lambda x, w, b: norm(F.relu(x), w, b), [WIDE, C, C]),
    "batch norm, added": (lambda x, w, b, y: norm(x, w, b) + y, [WIDE, C, C, WIDE]),
    "batch norm, added, relu": (lambda x, w, b, y: F.relu(norm(x, w, b) + y), [WIDE, C, C, WIDE]),
    "depthwise": (lambda x, w: depthwise(x, w, 1), [WIDE, [25, 1, 3, 3]]),
    "depthwise, stride 2": (lambda x, w: depthwise(x, w, 2), [WIDE, [25, 1, 3, 3]]),
    "depthwise of relu6": (lambda x, w, b, k: depthwise(norm(x, w, b, F.relu6), k, 1), [WIDE, C, C, [25, 1, 3, 3]]),
    "depthwise of hardswish, stride 2": (lambda x, w, b, k: depthwise(norm(x, w, b, F.hardswish), k, 2), [WIDE, C, C, [25, 1, 3, 3]]),
    "pointwise": (F.conv2d, [WIDE, [7, 25, 1, 1]]),
    "pointwise, bias": (F.conv2d, [WIDE, [32, 25, 1, 1], [32]]),
    "pointwise of relu6": (lambda x, w, b, k: F.conv2d(norm(x, w, b, F.relu6), k), [WIDE, C, C, [33, 25, 1, 1]]),
    "pointwise after relu": (lambda x, w, b, k, o: F.conv2d(norm(F.relu(x), w, b), k, o), [WIDE, C, C, [3, 25, 1, 1], [3]]),
    "conv 3x3": (conv3x3, [TALL, [7, 25, 3, 3]]),
    "conv 3x3, bias": (conv3x3, [TALL, [34, 25, 3, 3], [34]]),
    "conv 3x3 of relu": (lambda x, w, b, k: conv3x3(norm(x, w, b, F.relu), k), [TALL, C, C, [7, 25, 3, 3]]),
    "conv 3x3 of few": (conv3x3, [X, [7, 6, 3, 3]]),
}


def case(name, function, shapes):
    inputs = [fill(s, k).requires_grad_() for k, s in enumerate(shapes)]
    y = function(*inputs)
    y.backward(fill(list(y.shape), len(shapes)))
    some = lambda t: [round(float(v), 6) for v in t.flatten()[::STRIDE]]
    return {"name": name, "inputs": shapes, "shape": list(y.shape), "value": some(y), "grads": [some(x.grad) for x in inputs]}


print(json.dumps({"torch": torch.__version__, "stride": STRIDE, "cases": [case(n, *c) for n, c in CASES.items()]}))
