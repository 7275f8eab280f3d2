"""Reads a checkpoint of 'train' with PyTorch.

    python read_checkpoint.py runs/1/best.safetensors

prints what the network is and its classes, and gives its backbone's weights, which have
torchvision's names, to torchvision's network.
"""
import json
import sys

import safetensors
import torch
import torchvision

AVERAGE = "ema."  # in front of the names of a moving average of the weights


def read(path):
    """Returns the state of a checkpoint, a dict, and the tensors of the network that
    'train predict' uses: the moving average, where there is one."""
    with safetensors.safe_open(path, framework="pt") as f:
        state = json.loads(f.metadata()["cocostat.state"])
        names = list(f.keys())
        averaged = any(n.startswith(AVERAGE) for n in names)
        prefix = AVERAGE if averaged else ""
        tensors = {n[len(prefix):]: f.get_tensor(n) for n in names if n.startswith(prefix)}
    return state, {n: t for n, t in tensors.items() if n.startswith(("backbone.", "neck.", "heads.", "fpn.", "head."))}


def backbone(state, tensors):
    """Returns torchvision's network with the backbone's weights; its classifier, and the
    last convolution before that, keep their first ones."""
    name = state["config"]["model"]["backbone"]
    network = getattr(torchvision.models, name)(weights=None)
    own = {n[len("backbone."):]: t for n, t in tensors.items() if n.startswith("backbone.")}
    missing, unexpected = network.load_state_dict(own, strict=False)
    assert not unexpected, unexpected
    return network, [n for n in missing if not n.endswith("num_batches_tracked")]


def main(path):
    state, tensors = read(path)
    model = state["config"]["model"]
    print(f"{model.get('detector') or 'centernet'} on {model['backbone']}, {len(tensors)} tensors, {sum(t.numel() for t in tensors.values())} numbers")
    print("classes: " + ", ".join(c["name"] for c in state["classes"]))
    if hasattr(torchvision.models, model["backbone"]):
        _, left = backbone(state, tensors)
        print("torchvision's layers beside the backbone: " + ", ".join(sorted({n.rsplit(".", 1)[0] for n in left})))


if __name__ == "__main__":
    main(sys.argv[1])
