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


def scattered(k, *shape):
    h = (np.arange(np.prod(shape), dtype=np.uint32) + np.uint32(k * 104729)) * np.uint32(2654435761)
    h = (h ^ h >> np.uint32(15)) * np.uint32(2246822519)
    h = (h ^ h >> np.uint32(13)) >> np.uint32(8)
    return torch.from_numpy(h.astype(np.float32) / np.float32(2**23) - 1).view(shape)


def run(threads, b, i, h, o):
    torch.set_num_threads(threads)
    # Its operator copies what is not contiguous, so contiguous is its fast layout.
    x = scattered(0, b, i, h, h).requires_grad_()
    points = (2 * scattered(1, b, 27, h, h)).requires_grad_()
    weight = (np.float32(1 / (9 * i) ** 0.5) * scattered(2, o, i, 3, 3)).requires_grad_()
    up = scattered(3, b, o, h, h)
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
