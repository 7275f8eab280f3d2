"""A COCO detection set as PyTorch users load one: a Dataset that decodes with
Pillow and augments with Pillow and NumPy, for a DataLoader.

The augmentation is CenterNet's (src/lib/datasets/sample/ctdet.py: crop of random
scale and centre, mirror, brightness, contrast, saturation, lighting), with the
differences that cocostat's training has (docs/training.md). A detector makes the
targets of the boxes that are left.
"""
import json
import os

import numpy as np
import torch
from PIL import Image

MEAN = np.array([0.470, 0.447, 0.408], np.float32)
STD = np.array([0.278, 0.274, 0.289], np.float32)
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
EIGENVALUES = np.array([0.2141788, 0.01817699, 0.00341571], np.float32)
EIGENVECTORS = np.array([[-0.56089297, 0.71832671, 0.41158938],
                         [-0.5832747, 0.00994535, -0.81221408],
                         [-0.58752847, -0.69563484, 0.41340352]], np.float32)
assert np.allclose(EIGENVECTORS.T @ EIGENVECTORS, np.eye(3), atol=1e-6), "the columns are not orthonormal"


class Detection(torch.utils.data.Dataset):
    """encode(boxes, size, classes) makes the targets of an image, arrays, of its
    boxes, rows of class, x0, y0, x1, y1 in input pixels."""

    def __init__(self, annotations, images, size, encode):
        with open(annotations) as f:
            coco = json.load(f)
        channels = {c: i for i, c in enumerate(sorted(c["id"] for c in coco["categories"]))}
        self.classes, self.size, self.encode = len(channels), size, encode
        boxes = {img["id"]: [] for img in coco["images"]}
        for a in coco["annotations"]:
            x, y, w, h = a["bbox"]
            if w > 0 and h > 0:
                boxes[a["image_id"]].append((channels[a["category_id"]], x, y, x + w, y + h))
        self.items = [(os.path.join(images, img["file_name"]), np.array(boxes[img["id"]], np.float32).reshape(-1, 5))
                      for img in coco["images"]]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        path, boxes = self.items[i]
        rng = np.random.default_rng(torch.randint(1 << 62, ()).item())
        with Image.open(path) as img:
            img = img.convert("RGB")
        scale, left, top, mirrored = self.view(rng, *img.size)
        # Pillow wants the map from input to source pixels: x' = a·x + b.
        a, b = (-scale, left + scale * self.size) if mirrored else (scale, left)
        img = img.transform((self.size, self.size), Image.Transform.AFFINE, (a, 0, b, 0, scale, top), Image.Resampling.BILINEAR)
        return recoloured(np.asarray(img, np.float32), rng), *self.encode(self.visible(boxes, scale, left, top, mirrored), self.size, self.classes)

    def view(self, rng, width, height):
        """Source pixels for an input pixel, left and top of the crop, mirrored."""
        span = max(width, height) * rng.choice(np.arange(0.6, 1.4, 0.1))
        cx, cy = (int(rng.integers(b, n - b)) for b, n in ((border(width), width), (border(height), height)))
        return span / self.size, cx - span / 2, cy - span / 2, rng.random() < 0.5

    def visible(self, boxes, scale, left, top, mirrored):
        boxes = boxes.copy()
        boxes[:, 1::2] = (boxes[:, 1::2] - left) / scale
        boxes[:, 2::2] = (boxes[:, 2::2] - top) / scale
        if mirrored:
            boxes[:, 1], boxes[:, 3] = self.size - boxes[:, 3], self.size - boxes[:, 1]
        boxes[:, 1:] = boxes[:, 1:].clip(0, self.size)
        return boxes[(boxes[:, 3] > boxes[:, 1]) & (boxes[:, 4] > boxes[:, 2])]


def border(side):
    """128 pixels, halved until a centre is left between two of them."""
    b = 128
    while side <= 2 * b:
        b //= 2
    return b


def recoloured(img, rng):
    """Rows×columns×3 of 0…255 to normalised planes. The steps are affine in the
    pixel once the mean is known, so that one 3×3 matrix and a shift do them."""
    matrix, shift = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    mean = float(img.mean(axis=(0, 1)) @ LUMINANCE) / 255
    for step in rng.permutation(3):
        f = 1 + 0.4 * (2 * rng.random() - 1)
        matrix, shift = f * matrix, f * shift
        if step == 1:  # contrast
            shift = shift + (1 - f) * mean
        elif step == 2:  # saturation
            matrix = matrix + (1 - f) * LUMINANCE
    shift = shift + EIGENVECTORS @ (EIGENVALUES * rng.normal(0, 0.1, 3).astype(np.float32))
    matrix, shift = matrix / (255 * STD[:, None]), (shift - MEAN) / STD
    planes = matrix.astype(np.float32) @ img.reshape(-1, 3).T
    planes += shift[:, None].astype(np.float32)
    return planes.reshape(3, *img.shape[:2])
