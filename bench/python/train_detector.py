"""Trains a detector that cocostat's train has, with the same losses, optimiser,
data and augmentation, as one would with PyTorch on a CPU or a GPU:

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
    p.add_argument("--device", default="cpu")
    p.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32")
    p.add_argument("--checkpoint", required=True)
    return p.parse_args()


def main():
    args = arguments()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    gpu = args.device != "cpu"
    if gpu:
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = args.precision != "float32"
    detector = DETECTORS[args.detector]
    data = Detection(args.annotations, args.images, args.size, detector.encode)
    loader = torch.utils.data.DataLoader(data, args.batch, shuffle=True, drop_last=True, pin_memory=gpu,
                                         num_workers=args.workers, persistent_workers=args.workers > 0)
    with open(args.weights) as f:
        weights = torch.tensor([c["alpha"] or 0 for c in json.load(f)["classes"]], device=args.device)
    layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
    net = detector.network(args.backbone, data.classes).to(args.device, memory_format=layout).train()
    optimiser = detector.optimiser(net, args.lr, args.weight_decay)
    half = args.precision == "bfloat16"

    def objective(batch, targets):
        with torch.autocast(args.device.split(":")[0], torch.bfloat16, enabled=half):
            out = net(batch)
        losses = detector.losses([o.float() for o in out], weights, *targets)
        return sum(f * l for f, l in zip(detector.FACTORS, losses))

    if args.compile:
        objective = torch.compile(objective)
    before = time.process_time()
    for epoch in range(args.epochs):
        began, images, total = time.monotonic(), 0, 0.0
        for batch, *targets in loader:
            targets = [t.to(args.device, non_blocking=True) for t in targets]
            loss = objective(batch.to(args.device, memory_format=layout, non_blocking=True), targets)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            images += len(batch)
            total += loss.detach()
        mean = float(total) / len(loader)  # a GPU has done all of it by then
        seconds = time.monotonic() - began
        print(json.dumps({"images": images, "seconds": seconds, "loss": mean, "before": before}), flush=True)
        torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict()}, args.checkpoint)


main()
