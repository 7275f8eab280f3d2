"""Prints the focal loss of PyTorch with the weights of a snippet and with those
of a file, and its gradient, for the inputs of a folder."""

import importlib.util
import json
import sys
from pathlib import Path

import torch


def module(path):
    spec = importlib.util.spec_from_file_location(Path(path).stem, path)
    m = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(m)
    return m


folder, reader = Path(sys.argv[1]), module(sys.argv[2])
snippet = module(folder / "torch.py")
inputs = json.loads((folder / "inputs.json").read_text())
logits = torch.tensor(inputs["logits"], dtype=torch.float64, requires_grad=True)
heatmap = torch.tensor(inputs["heatmap"], dtype=torch.float64)
objects = torch.tensor(inputs["objects"])
names, alpha, meta = reader.read_weights(folder / "w.safetensors")

out = []
for lam in inputs["lambda"]:
    weights = snippet.image_weights(objects, lam)
    of_file = reader.alpha_hat(alpha, meta, lam)
    if not torch.equal(of_file, snippet.class_weights(lam)):
        sys.exit(f"weights {of_file} of the file, {snippet.class_weights(lam)} of the snippet")
    shape = logits.reshape(inputs["shape"])
    loss = snippet.focal_loss(shape, heatmap.reshape(inputs["shape"]), weights)
    [grad] = torch.autograd.grad(loss, logits)
    plain = snippet.focal_loss(shape, heatmap.reshape(inputs["shape"]), of_file)
    single = snippet.focal_loss(shape.float(), heatmap.reshape(inputs["shape"]).float(), weights.float())
    out.append({"loss": loss.item(), "grad": grad.tolist(), "plain": plain.item(), "single": single.item()})
print(json.dumps(out))
