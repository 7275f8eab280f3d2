"""Class weights as a NumPy array, from weights.npy.

    cocostat convert weights.arrow weights.npy
    python read_numpy.py weights.npy

An NPY file has no metadata: intensity, schedule and eta are not in it.
"""

import sys

import numpy as np


def read_weights(path):
    """Returns a structured array of one item per class, in channel order."""
    table = np.load(path)
    if set(table["format"]) != {"weights/1"}:
        raise ValueError(f"{path}: format {set(table['format'])}, want 'weights/1'")
    return table


if __name__ == "__main__":
    table = read_weights(sys.argv[1])
    # A class without instances has no weight: alpha is 1 and has_alpha false.
    for name, alpha in zip(table["name"], table["alpha"]):
        print(f"{float(alpha)!r}\t{name}")
