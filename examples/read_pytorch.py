"""Class weights for a PyTorch loss, from weights.safetensors.

    cocostat convert weights.arrow weights.safetensors
    python read_pytorch.py weights.safetensors
"""

import json
import sys

import torch
from safetensors import safe_open


def read_weights(path):
    """Returns the class names, alpha (float64, shape C) and the metadata."""
    with safe_open(path, framework="pt") as f:
        texts = f.metadata()
        meta = json.loads(texts["cocostat"])
        if meta["format"] != "weights/1":
            raise ValueError(f"{path}: format {meta['format']!r}, want 'weights/1'")
        return json.loads(texts["name"]), f.get_tensor("alpha"), meta


def alpha_hat(alpha, meta, lam=1.0):
    """Weights when the schedule has reached lam: 0 at first, 1 in the end."""
    return 1 + meta["intensity"] * lam * (alpha - 1)


if __name__ == "__main__":
    names, alpha, meta = read_weights(sys.argv[1])
    weights = alpha_hat(alpha, meta)
    for name, weight in zip(names, weights.tolist()):
        print(f"{weight!r}\t{name}")
    # A class weight is a factor of the loss, for example of a classifier:
    logits, target = torch.zeros(2, len(names)), torch.tensor([0, len(names) - 1])
    loss = torch.nn.functional.cross_entropy(logits, target, weight=weights.float())
    print(f"{loss.item():.6g}\tcross entropy of two random guesses", file=sys.stderr)
