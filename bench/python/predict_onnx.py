"""Finds objects with an ONNX model that cocostat's 'train export' wrote, by ONNX Runtime
on the CPU:

    predict_onnx.py MODEL.onnx ANNOTATIONS IMAGES …

runs it over the images of a COCO file and prints a line of JSON, as predict_detector.py
does.
"""
import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime

from squares import square


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("model")
    p.add_argument("annotations")
    p.add_argument("images")
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=1)
    return p.parse_args()


def main():
    args = arguments()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = args.threads
    session = onnxruntime.InferenceSession(args.model, options, providers=["CPUExecutionProvider"])
    size = session.get_inputs()[0].shape[2]
    with open(args.annotations) as f:
        paths = [os.path.join(args.images, img["file_name"]) for img in json.load(f)["images"]]
    images = found = 0
    looking, began = 0.0, time.monotonic()
    with ThreadPoolExecutor(args.workers) as pool:
        ahead = None
        for at in range(0, len(paths), args.batch):
            batch = ahead or [pool.submit(square, p, size) for p in paths[at : at + args.batch]]
            ahead = [pool.submit(square, p, size) for p in paths[at + args.batch : at + 2 * args.batch]]
            pixels = np.stack([f.result() for f in batch]).transpose(0, 3, 1, 2)
            start = time.monotonic()
            scores = session.run(["scores"], {"images": pixels})[0]
            looking += time.monotonic() - start
            found += int((scores > 0).sum())
            images += len(pixels)
    print(json.dumps({"images": images, "seconds": time.monotonic() - began, "looking": looking, "found": found}))


main()
