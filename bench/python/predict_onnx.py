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
from PIL import Image


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument("model")
    p.add_argument("annotations")
    p.add_argument("images")
    p.add_argument("--batch", type=int, default=8)
    p.add_argument("--threads", type=int, default=2)
    p.add_argument("--workers", type=int, default=1)
    return p.parse_args()


def load(path, size):
    with Image.open(path) as img:
        img = img.convert("RGB")
    scale = max(img.size) / size
    left, top = ((side - scale * size) / 2 for side in img.size)
    img = img.transform((size, size), Image.Transform.AFFINE, (scale, 0, left, 0, scale, top), Image.Resampling.BILINEAR)
    return (np.asarray(img, np.float32) / 255).transpose(2, 0, 1)


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
        starts = range(0, len(paths), args.batch)
        ahead = None
        for at in starts:
            batch = ahead or [pool.submit(load, p, size) for p in paths[at : at + args.batch]]
            ahead = [pool.submit(load, p, size) for p in paths[at + args.batch : at + 2 * args.batch]]
            pixels = np.stack([f.result() for f in batch])
            start = time.monotonic()
            scores = session.run(["scores"], {"images": pixels})[0]
            looking += time.monotonic() - start
            found += int((scores > 0).sum())
            images += len(pixels)
    print(json.dumps({"images": images, "seconds": time.monotonic() - began, "looking": looking, "found": found}))


main()
