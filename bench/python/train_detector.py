"""Trains a detector that cocostat's train has, with the same losses, optimiser,
data and augmentation, as one would with PyTorch on a CPU:

    train_detector.py ANNOTATIONS IMAGES WEIGHTS.json --detector fcos --backbone resnet18 …

prints a line of JSON for each epoch: its images, seconds (waiting for data
included, the checkpoint written after it not) and mean loss, and the processor
seconds that passed before the first.
"""
import argparse
import json
import time

import torch

import centernet
import fcos
from detection_data import Detection

DETECTORS = {"centernet": centernet, "fcos": fcos}


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("annotations")
    p.add_argument("images")
    p.add_argument("weights")
    p.add_argument("--detector", choices=DETECTORS, default="centernet")
    p.add_argument("--backbone", default="mobilenet_v2")
    p.add_argument("--size", type=int, default=512)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=1)
    p.add_argument("--lr", type=float, default=5e-4)
    p.add_argument("--weight-decay", type=float, default=1e-4)
    p.add_argument("--layout", choices=("nchw", "nhwc"), default="nhwc")
    p.add_argument("--compile", action="store_true", help="torch.compile for network and losses")
    p.add_argument("--checkpoint", required=True)
    return p.parse_args()


def main():
    args = arguments()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    detector = DETECTORS[args.detector]
    data = Detection(args.annotations, args.images, args.size, detector.encode)
    loader = torch.utils.data.DataLoader(data, args.batch, shuffle=True, drop_last=True,
                                         num_workers=args.workers, persistent_workers=args.workers > 0)
    with open(args.weights) as f:
        weights = torch.tensor([c["alpha"] for c in json.load(f)["classes"]])
    layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
    net = detector.network(args.backbone, data.classes).to(memory_format=layout).train()
    optimiser = detector.optimiser(net, args.lr, args.weight_decay)
    def objective(batch, targets):
        losses = detector.losses(net(batch), weights, *targets)
        return sum(f * l for f, l in zip(detector.FACTORS, losses))

    if args.compile:
        objective = torch.compile(objective)
    before = time.process_time()
    for epoch in range(args.epochs):
        began, images, total = time.monotonic(), 0, 0.0
        for batch, *targets in loader:
            loss = objective(batch.to(memory_format=layout), targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            images += len(batch)
            total += float(loss)
        seconds = time.monotonic() - began
        print(json.dumps({"images": images, "seconds": seconds, "loss": total / len(loader), "before": before}), flush=True)
        torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict()}, args.checkpoint)


main()
