"""The deformable convolution of torchvision, for the benchmark.

It obeys lines on standard input, one answer each, which bench/deform/main.go
describes: "about" and "run KIND THREADS B I H O". KIND is deformable.
"""
import sys
import time

import numpy as np
import torch
import torchvision
from torchvision.ops import deform_conv2d


def wave(k, *shape):
    i = np.arange(np.prod(shape), dtype=np.int64)
    return torch.from_numpy(((i * 7919 + k * 104729) % 2003).astype(np.float32) / np.float32(1001.5) - 1).view(shape)


def run(threads, b, i, h, o):
    torch.set_num_threads(threads)
    # Its operator copies what is not contiguous, so contiguous is its fast layout.
    x = wave(0, b, i, h, h).requires_grad_()
    points = (2 * wave(1, b, 27, h, h)).requires_grad_()
    weight = (np.float32(1 / (9 * i) ** 0.5) * wave(2, o, i, 3, 3)).requires_grad_()
    up = wave(3, b, o, h, h)
    began = time.perf_counter(), time.process_time()
    y = deform_conv2d(x, points[:, :18], weight, padding=1, mask=points[:, 18:].sigmoid())
    forward = time.perf_counter() - began[0], time.process_time() - began[1]
    total = (y * up).sum()
    began = time.perf_counter(), time.process_time()
    total.backward()
    backward = time.perf_counter() - began[0], time.process_time() - began[1]
    sizes = [t.detach().double().abs().sum().item() for t in (y, x.grad, points.grad, weight.grad)]
    return " ".join("%.7g" % v for v in (*forward, *backward, *sizes))


for line in sys.stdin:
    words = line.split()
    if words[0] == "about":
        print("torch", torch.__version__ + ", torchvision", torchvision.__version__, flush=True)
    else:
        print(run(*map(int, words[2:])), flush=True)
