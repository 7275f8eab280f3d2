#!/usr/bin/env python3
"""Write sgd.json: five steps of torch.optim.SGD with two groups of parameters.

The loss of a step is the sum over both parameters of p^4/4 + wave p, so that the
gradients change with the parameters; the learning rate changes, too.

usage: make_sgd.py > sgd.json   (torch 1.13)
"""
import json

import torch

RATES = [0.1, 0.2, 0.05, 0.1, 0.01]
weight = torch.tensor([1.0, -0.5, 0.25, -1.5, 0.75, 0.1]).view(2, 3).requires_grad_()
bias = torch.tensor([0.5, -1.0]).requires_grad_()
groups = [{"params": [weight], "rate": 1.0, "weight_decay": 1e-2}, {"params": [bias], "rate": 2.0, "weight_decay": 0.0}]
sgd = torch.optim.SGD(groups, lr=1.0, momentum=0.9)
steps = []
for n, lr in enumerate(RATES):
    for g in sgd.param_groups:
        g["lr"] = lr * g["rate"]
    sgd.zero_grad()
    loss = sum((p ** 4 / 4 + torch.sin(torch.arange(p.numel()) + float(n)).view(p.shape) * p).sum() for p in (weight, bias))
    loss.backward()
    sgd.step()
    some = lambda t: [round(float(v), 7) for v in t.flatten()]
    steps.append({"lr": lr, "weight": some(weight), "bias": some(bias), "weight_momentum": some(sgd.state[weight]["momentum_buffer"])})
print(json.dumps({"torch": torch.__version__, "steps": steps}, indent=1))
