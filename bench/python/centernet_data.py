"""A COCO detection set for CenterNet as PyTorch users load one: a Dataset that
decodes with Pillow and augments with Pillow and NumPy, for a DataLoader.

The augmentation is CenterNet's (src/lib/datasets/sample/ctdet.py: crop of random
scale and centre, mirror, brightness, contrast, saturation, lighting) and so are
the targets (Gaussians of the radius in src/lib/utils/image.py), with the
differences that cocostat's training has (docs/training.md).
"""
import json
import math
import os

import numpy as np
import torch
from PIL import Image

STRIDE, SLOTS, OVERLAP = 4, 128, 0.7
MEAN = np.array([0.470, 0.447, 0.408], np.float32)
STD = np.array([0.278, 0.274, 0.289], np.float32)
LUMINANCE = np.array([0.299, 0.587, 0.114], np.float32)
EIGENVALUES = np.array([0.2141788, 0.01817699, 0.00341571], np.float32)
EIGENVECTORS = np.array([[-0.56089297, 0.71832671, 0.41158938],
                         [-0.5832747, 0.00994535, -0.81221408],
                         [-0.58752847, -0.69563484, 0.41340352]], np.float32)
assert np.allclose(EIGENVECTORS.T @ EIGENVECTORS, np.eye(3), atol=1e-6), "the columns are not orthonormal"


class Detection(torch.utils.data.Dataset):
    def __init__(self, annotations, images, size):
        with open(annotations) as f:
            coco = json.load(f)
        channels = {c: i for i, c in enumerate(sorted(c["id"] for c in coco["categories"]))}
        self.classes, self.size = len(channels), size
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
        return recoloured(np.asarray(img, np.float32), rng), *self.targets(boxes, scale, left, top, mirrored)

    def view(self, rng, width, height):
        """Source pixels for an input pixel, left and top of the crop, mirrored."""
        span = max(width, height) * rng.choice(np.arange(0.6, 1.4, 0.1))
        cx, cy = (int(rng.integers(b, n - b)) for b, n in ((border(width), width), (border(height), height)))
        return span / self.size, cx - span / 2, cy - span / 2, rng.random() < 0.5

    def targets(self, boxes, scale, left, top, mirrored):
        cells = self.size // STRIDE
        heatmap = np.zeros((self.classes, cells, cells), np.float32)
        index = np.zeros(SLOTS, np.int64)
        size, offset = np.zeros((SLOTS, 2), np.float32), np.zeros((SLOTS, 2), np.float32)
        mask = np.zeros(SLOTS, np.float32)
        n = 0
        for c, x0, y0, x1, y1 in boxes:
            x0, x1 = (x0 - left) / scale, (x1 - left) / scale
            if mirrored:
                x0, x1 = self.size - x1, self.size - x0
            x0, x1 = np.clip((x0, x1), 0, self.size) / STRIDE
            y0, y1 = np.clip(((y0 - top) / scale, (y1 - top) / scale), 0, self.size) / STRIDE
            w, h = x1 - x0, y1 - y0
            if w <= 0 or h <= 0 or n == SLOTS:
                continue
            cx, cy = (x0 + x1) / 2, (y0 + y1) / 2
            ix, iy = min(int(cx), cells - 1), min(int(cy), cells - 1)
            draw(heatmap[int(c)], ix, iy, max(0, int(radius(math.ceil(h), math.ceil(w)))))
            index[n], size[n], offset[n], mask[n] = iy * cells + ix, (w, h), (cx - ix, cy - iy), 1
            n += 1
        return heatmap, index, size, offset, mask


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


def radius(h, w):
    """The arithmetic of gaussian_radius in CenterNet's src/lib/utils/image.py."""
    roots = []
    b, c = h + w, w * h * (1 - OVERLAP) / (1 + OVERLAP)
    roots.append((b + math.sqrt(b * b - 4 * c)) / 2)
    b, c = 2 * (h + w), (1 - OVERLAP) * w * h
    roots.append((b + math.sqrt(b * b - 16 * c)) / 2)
    a, b, c = 4 * OVERLAP, -2 * OVERLAP * (h + w), (OVERLAP - 1) * w * h
    roots.append((b + math.sqrt(b * b - 4 * a * c)) / 2)
    return min(roots)


def draw(plane, ix, iy, r):
    sigma = (2 * r + 1) / 6
    line = np.exp(-np.arange(-r, r + 1, dtype=np.float32) ** 2 / (2 * sigma * sigma))
    x0, x1 = max(ix - r, 0), min(ix + r + 1, plane.shape[1])
    y0, y1 = max(iy - r, 0), min(iy + r + 1, plane.shape[0])
    part = plane[y0:y1, x0:x1]
    np.maximum(part, np.outer(line[y0 - iy + r:y1 - iy + r], line[x0 - ix + r:x1 - ix + r]), out=part)
