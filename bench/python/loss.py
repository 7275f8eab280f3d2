"""The heatmap losses written with PyTorch's operators, as CenterNet's
src/lib/models/losses.py and the papers of the other losses write them: usage loss.py DIR.

It obeys lines on standard input, one answer each: "about", "run LOSS" (the
milliseconds of one forward and backward pass) and "save LOSS FILE" (writes the
loss as a number of 64 bits and the gradient in 32 bits).
"""
import json
import os
import sys
import time

import numpy as np
import torch

THREADS = 2


def focal(logits, heatmap, weights=None):
    """Penalty-reduced focal loss; weights broadcast to every term."""
    pred = torch.clamp(torch.sigmoid(logits), min=1e-4, max=1 - 1e-4)
    positive = heatmap.eq(1).float()
    negative = heatmap.lt(1).float()
    positive_loss = torch.log(pred) * torch.pow(1 - pred, 2) * positive
    negative_loss = torch.log(1 - pred) * torch.pow(pred, 2) * torch.pow(1 - heatmap, 4) * negative
    return total(positive_loss, negative_loss, positive, weights)


def cross_entropy(logits, heatmap):
    """The same without the modulating factors."""
    pred = torch.clamp(torch.sigmoid(logits), min=1e-4, max=1 - 1e-4)
    positive = heatmap.eq(1).float()
    negative = heatmap.lt(1).float()
    positive_loss = torch.log(pred) * positive
    negative_loss = torch.log(1 - pred) * torch.pow(1 - heatmap, 4) * negative
    return total(positive_loss, negative_loss, positive, None)


def total(positive_loss, negative_loss, positive, weights):
    if weights is not None:
        positive_loss = positive_loss * weights
        negative_loss = negative_loss * weights
    count = positive.sum()
    loss = -(positive_loss.sum() + negative_loss.sum())
    return loss / count if count > 0 else loss


def bofl(logits, heatmap, weights):
    return focal(logits, heatmap, weights[:, :, None, None])


def cbl(logits, heatmap, weights):
    """Every location has the weight of its class, background 1."""
    largest, label = heatmap.max(dim=1, keepdim=True)
    images, _, height, width = heatmap.shape
    of_class = torch.gather(weights, 1, label.view(images, -1)).view(images, 1, height, width)
    return focal(logits, heatmap, torch.where(largest > 0, of_class, torch.ones_like(of_class)))


def eql(logits, heatmap, tail, background):
    """Tail classes are not pushed down by the objects of other classes."""
    present = heatmap.gt(0)
    foreground = present.any(dim=1, keepdim=True)
    tail = tail[None, :, None, None]
    away = torch.where(foreground, torch.zeros(()), torch.tensor(background))
    return focal(logits, heatmap, 1 - tail * (1 - present.float()) * (1 - away))


class Batch:
    def __init__(self, folder):
        with open(os.path.join(folder, "settings.json")) as f:
            settings = json.load(f)
        b, c, h, w = settings["shape"]
        read = lambda name, *shape: torch.from_numpy(np.fromfile(os.path.join(folder, name + ".f32"), np.float32)).view(shape)
        self.logits = read("logits", b, c, h, w)
        heatmap, weights = read("heatmap", b, c, h, w), read("weights", b, c)
        tail = torch.tensor(settings["tail"], dtype=torch.float32)
        self.losses = {
            "focal": lambda x: focal(x, heatmap),
            "BOFL": lambda x: bofl(x, heatmap, weights),
            "CBL": lambda x: cbl(x, heatmap, weights),
            "EQL": lambda x: eql(x, heatmap, tail, settings["background"]),
            "cross-entropy": lambda x: cross_entropy(x, heatmap),
        }

    def run(self, name):
        logits = self.logits.detach().requires_grad_()
        began = time.perf_counter()
        loss = self.losses[name](logits)
        loss.backward()
        return loss.item(), logits.grad, time.perf_counter() - began


def main(folder):
    torch.set_num_threads(THREADS)
    batch = Batch(folder)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "about":
            print(torch.__version__, flush=True)
        elif words[0] == "run":
            print("%.4f" % (batch.run(words[1])[2] * 1e3), flush=True)
        else:
            loss, grad, _ = batch.run(words[1])
            with open(words[2], "wb") as f:
                np.float64(loss).tofile(f)
                grad.numpy().tofile(f)
            print("saved", flush=True)


main(sys.argv[1])
