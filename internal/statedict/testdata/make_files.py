#!/usr/bin/env python3
"""Write the files that the tests read, in both of torch.save's formats.

usage: make_files.py FOLDER   (torch 1.13)
"""
import os
import sys
from collections import OrderedDict

import torch


class Evil:
    def __reduce__(self):
        return os.system, ("touch /tmp/this-must-not-exist",)


def save(value, name, **options):
    torch.save(value, os.path.join(sys.argv[1], name), **options)


def state():
    base = torch.arange(12, dtype=torch.float32) / 8 - 0.5
    d = OrderedDict()
    d["module.plain"] = base
    d["module.turned"] = base.view(3, 4)[1:].t()  # a view: offset 4, strides 1, 4
    d["module.half"] = torch.tensor([1.5, -2.0, 65504.0, 6e-8, 1e-5, float("inf"), float("-inf"), -0.0], dtype=torch.float16)
    d["module.brain"] = torch.tensor([[1.0, -3.140625], [1e30, 2.0]], dtype=torch.bfloat16)
    d["module.count"] = torch.tensor(1234567)
    d["module.parameter"] = torch.nn.Parameter(torch.tensor([[[0.1]]]))
    d["module.empty"] = torch.zeros(0, 3)
    d._metadata = OrderedDict({"": {"version": 1}})
    return d


whole = {"epoch": 3, "score": 0.5, "name": "net", "done": True, "none": None, "large": 2**70, "small": -5,
         "list": [1, (2, 3, 4, 5)], "state_dict": state()}
save(whole, "small.pth")
save(whole, "small_legacy.pth", _use_new_zipfile_serialization=False)
save({"a": torch.zeros(2), "b": Evil()}, "evil.pth")
save({"a": torch.zeros(2), "b": Evil()}, "evil_legacy.pth", _use_new_zipfile_serialization=False)
save({"a": torch.zeros(2, dtype=torch.float64)}, "double.pth")
save(torch.nn.Linear(2, 2), "module.pth")
save({"epoch": 3}, "nothing.pth")
save([torch.zeros(2)], "list.pth")
torch.jit.script(torch.nn.Linear(2, 2)).save(os.path.join(sys.argv[1], "script.pth"))
