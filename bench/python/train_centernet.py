"""Trains the CenterNet that cocostat's train has by default, with the same loss,
optimiser, data and augmentation, as one would with PyTorch on a CPU:

    train_centernet.py ANNOTATIONS IMAGES WEIGHTS.json --size 512 --batch 8 …

prints a line of JSON for each epoch: its images, seconds (waiting for data
included, the checkpoint written after it not) and mean losses.
"""
import argparse
import json
import time

import torch

from centernet import CenterNet, heatmap_loss, regression_loss
from centernet_data import Detection


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("annotations")
    p.add_argument("images")
    p.add_argument("weights")
    p.add_argument("--size", type=int, default=512)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--epochs", type=int, default=2)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=1)
    p.add_argument("--lr", type=float, default=5e-4)
    p.add_argument("--weight-decay", type=float, default=1e-4)
    p.add_argument("--layout", choices=("nchw", "nhwc"), default="nhwc")
    p.add_argument("--checkpoint", required=True)
    return p.parse_args()


def main():
    args = arguments()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    data = Detection(args.annotations, args.images, args.size)
    loader = torch.utils.data.DataLoader(data, args.batch, shuffle=True, drop_last=True,
                                         num_workers=args.workers, persistent_workers=args.workers > 0)
    with open(args.weights) as f:
        weights = torch.tensor([c["alpha"] for c in json.load(f)["classes"]])
    layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
    net = CenterNet(data.classes).to(memory_format=layout).train()
    optimiser = torch.optim.Adam(net.parameters(), lr=args.lr, weight_decay=args.weight_decay)
    for epoch in range(args.epochs):
        began, images, sums = time.monotonic(), 0, [0.0] * 3
        for batch, heatmap, index, size, offset, mask in loader:
            out = net(batch.to(memory_format=layout))
            losses = (heatmap_loss(out[0], heatmap, weights),
                      regression_loss(out[1], index, size, mask), regression_loss(out[2], index, offset, mask))
            optimiser.zero_grad(set_to_none=True)
            (losses[0] + 0.1 * losses[1] + losses[2]).backward()
            optimiser.step()
            images += len(batch)
            sums = [s + float(l) for s, l in zip(sums, losses)]
        seconds = time.monotonic() - began
        steps = len(loader)
        print(json.dumps({"epoch": epoch + 1, "images": images, "seconds": seconds,
                          "loss_heatmap": sums[0] / steps, "loss_size": sums[1] / steps, "loss_offset": sums[2] / steps}), flush=True)
        torch.save({"net": net.state_dict(), "optimiser": optimiser.state_dict()}, args.checkpoint)


main()
