"""Compares the arrays of two evaluations bit by bit: arrays.py REFERENCE.npz OTHER.npz

prints for each array its elements, how many differ, and the largest difference.
"""
import json
import sys

import numpy

reference, other = (numpy.load(path) for path in sys.argv[1:3])
found = {}
for name in ("precision", "recall", "scores"):
    a, b = (numpy.ascontiguousarray(f[name], dtype=numpy.float64) for f in (reference, other))
    if a.shape != b.shape:
        sys.exit(f"{name}: shape {b.shape}, not {a.shape}")
    different = a.view(numpy.uint64) != b.view(numpy.uint64)
    found[name] = {
        "elements": a.size,
        "different": int(different.sum()),
        "largest": float(numpy.abs(a - b).max(initial=0)),
    }
print(json.dumps(found))
