"""Finds objects with a detector that cocostat's train has, as one would with PyTorch on
a CPU:

    predict_detector.py ANNOTATIONS IMAGES --detector fcos --backbone resnet18 …

runs a network with first weights over the images of a COCO file and prints a line of
JSON: the images, seconds in all and without waiting for images to be loaded, and the
number of detections.
"""
import argparse
import json
import os
import time

import torch

import centernet
import fcos
from detection_data import MEAN, STD
from squares import square

DETECTORS = {"centernet": centernet, "fcos": fcos}


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("annotations")
    p.add_argument("images")
    p.add_argument("--detector", choices=DETECTORS, default="centernet")
    p.add_argument("--backbone", default="mobilenet_v2")
    p.add_argument("--size", type=int, default=512)
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=1)
    p.add_argument("--layout", choices=("nchw", "nhwc"), default="nhwc")
    p.add_argument("--compile", action="store_true", help="torch.compile for the network")
    return p.parse_args()


class Images(torch.utils.data.Dataset):
    """Images in the middle of squares, normalised."""

    def __init__(self, annotations, images, size):
        with open(annotations) as f:
            coco = json.load(f)
        self.classes, self.size = len(coco["categories"]), size
        self.paths = [os.path.join(images, img["file_name"]) for img in coco["images"]]

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        return ((square(self.paths[i], self.size) - MEAN) / STD).transpose(2, 0, 1)


def main():
    args = arguments()
    torch.manual_seed(1)
    torch.set_num_threads(args.threads)
    data = Images(args.annotations, args.images, args.size)
    loader = torch.utils.data.DataLoader(data, args.batch, num_workers=args.workers)
    layout = torch.channels_last if args.layout == "nhwc" else torch.contiguous_format
    detector = DETECTORS[args.detector]
    net = detector.network(args.backbone, data.classes).to(memory_format=layout).eval()
    forward = torch.compile(net) if args.compile else net
    with torch.no_grad():
        if args.compile:  # which takes minutes once
            forward(torch.zeros(args.batch, 3, args.size, args.size).to(memory_format=layout))
        images = found = 0
        looking, began = 0.0, time.monotonic()
        for batch in loader:
            start = time.monotonic()
            found += sum(len(scores) for scores, *_ in detector.find(forward(batch.to(memory_format=layout)), args.size))
            looking += time.monotonic() - start
            images += len(batch)
    print(json.dumps({"images": images, "seconds": time.monotonic() - began, "looking": looking, "found": found}))


main()
