#!/usr/bin/env python3
"""Write what the tests of targets, suppression and decoding expect:

  targets.json     which box each cell belongs to, by the published rule, over
                   every pair of cell and box; for boxes in general position it is
                   compared with torchvision's FCOS.compute_loss, whose ranges are
                   open and so differ on their bounds only
  nms.json         which boxes torchvision.ops.nms keeps, class by class
  detections.json  what torchvision's FCOS.postprocess_detections makes of the
                   outputs of a network; its threshold acts on the score, so that
                   this file has none, and threshold.json, by the published rule
                   and torchvision.ops.batched_nms, has one

usage: make_fcos.py FOLDER   (torch 1.13, torchvision 0.14)
"""
import json
import math
import pathlib
import random
import sys
from types import SimpleNamespace

import torch
from torchvision.models.detection import _utils
from torchvision.models.detection.fcos import FCOS
from torchvision.ops import batched_nms, nms

STRIDES = (8, 16, 32, 64, 128)
PUBLISHED = (64, 128, 256, 512)


def grid(width, height):
    """The points of all cells, level by level: [(level, x, y)], and the sizes."""
    points, sizes = [], []
    w, h = width // 8, height // 8
    for level, s in enumerate(STRIDES):
        points += [(level, s * x + s // 2, s * y + s // 2) for y in range(h) for x in range(w)]
        sizes.append(w * h)
        w, h = math.ceil(w / 2), math.ceil(h / 2)
    return points, sizes


def owner(point, boxes, ranges, radius):
    """The box of a cell, -1 for none: boxes are (x0, y0, x1, y1)."""
    level, x, y = point
    least = (-1, *ranges)[level]
    most = (*ranges, math.inf)[level]
    best = -1
    for i, (x0, y0, x1, y1) in enumerate(boxes):
        d = (x - x0, y - y0, x1 - x, y1 - y)
        near = radius == 0 or max(abs(x - (x0 + x1) / 2), abs(y - (y0 + y1) / 2)) < radius * STRIDES[level]
        if min(d) > 0 and least <= max(d) <= most and near:
            if best < 0 or area(boxes[i]) < area(boxes[best]):
                best = i
    return best


def area(b):
    return (b[2] - b[0]) * (b[3] - b[1])


def centreness(point, b):
    _, x, y = point
    l, t, r, u = x - b[0], y - b[1], b[2] - x, b[3] - y
    return math.sqrt(min(l, r) / max(l, r) * min(t, u) / max(t, u))


def anchors(points):
    return torch.tensor([[x - STRIDES[k] / 2, y - STRIDES[k] / 2, x + STRIDES[k] / 2, y + STRIDES[k] / 2] for k, x, y in points])


def torchvision_owners(points, sizes, boxes, radius):
    seen = []
    head = SimpleNamespace(compute_loss=lambda targets, outputs, anchors, matched: seen.extend(matched))
    detector = SimpleNamespace(center_sampling_radius=radius or 1e9, head=head)
    target = {"boxes": torch.tensor(boxes, dtype=torch.float32).reshape(-1, 4)}
    FCOS.compute_loss(detector, [target], {}, [anchors(points)], sizes)
    return seen[0].tolist()


def boxes_of(rng, kind, n, width, height):
    """Boxes in quarters of pixels; 'round' ones lie on multiples of 4."""
    unit = 4 if kind == "round" else 0.25
    boxes = []
    while len(boxes) < n:
        if kind == "equal":
            w, h = rng.choice([(40, 30), (30, 40), (24, 50)])
        elif kind == "tiny":
            w, h = rng.uniform(0.25, 12), rng.uniform(0.25, 12)
        else:
            w, h = min(width, 4 + rng.expovariate(1 / 60)), min(height, 4 + rng.expovariate(1 / 60))
        w, h = max(unit, unit * round(w / unit)), max(unit, unit * round(h / unit))
        x, y = unit * round(rng.uniform(0, width - w) / unit), unit * round(rng.uniform(0, height - h) / unit)
        if x + w <= width and y + h <= height:
            boxes.append((x, y, x + w, y + h))
    return boxes


def targets():
    rng = random.Random(1)
    cases = []
    quarter = tuple(v / 4 for v in PUBLISHED)
    for kind, n, width, height, ranges, radius in (
        ("none", 0, 64, 96, PUBLISHED, 0),
        ("general", 12, 160, 96, PUBLISHED, 0),
        ("general", 12, 160, 96, PUBLISHED, 1.5),
        ("general", 25, 128, 192, quarter, 0),
        ("general", 25, 128, 192, quarter, 1.5),
        ("round", 25, 192, 128, PUBLISHED, 0),
        ("round", 40, 192, 128, quarter, 0),
        ("equal", 20, 160, 128, quarter, 0),
        ("tiny", 60, 160, 96, PUBLISHED, 0),
    ):
        boxes = boxes_of(rng, kind, n, width, height)
        points, sizes = grid(width, height)
        owners = [owner(p, boxes, ranges, radius) for p in points]
        if kind in ("none", "general") and ranges == PUBLISHED:
            assert torchvision_owners(points, sizes, boxes, radius) == owners
        case = {
            "kind": kind, "width": width, "height": height, "ranges": ranges, "radius": radius,
            "boxes": [[b[0], b[1], b[2] - b[0], b[3] - b[1]] for b in boxes],
            "owners": owners,
            "centreness": [round(centreness(p, boxes[o]), 7) for p, o in zip(points, owners) if o >= 0],
        }
        cases.append(case)
    # One image of the published size, compared with torchvision and not stored.
    boxes = [tuple(v + rng.random() / 1000 for v in b) for b in boxes_of(rng, "general", 60, 1344 - 1, 800 - 1)]
    points, sizes = grid(1344, 800)
    assert sizes == [16800, 4200, 1050, 273, 77]
    for radius in (0, 1.5):
        assert torchvision_owners(points, sizes, boxes, radius) == [owner(p, boxes, PUBLISHED, radius) for p in points]
    return cases


def suppression():
    """Corners are small whole numbers, so that overlaps of exactly 0.5 occur, and
    scores have few values; equal ones keep their order (a stable sort)."""
    rng = random.Random(2)
    cases = []
    for n, span, classes, limit in ((1, 9, 1, 0.5), (30, 8, 1, 0.5), (60, 12, 3, 0.5), (80, 20, 2, 0.6), (80, 10, 4, 0.3), (40, 6, 2, 0.0)):
        boxes, scores, labels = [], [], []
        for _ in range(n):
            x, y = rng.randrange(span), rng.randrange(span)
            boxes.append((x, y, x + rng.randrange(1, span), y + rng.randrange(1, span)))
            scores.append(rng.randrange(1, 17) / 16)
            labels.append(rng.randrange(classes))
        b, s, l = torch.tensor(boxes, dtype=torch.float32), torch.tensor(scores), torch.tensor(labels)
        kept = []
        for c in range(classes):
            of_class = torch.where(l == c)[0]
            kept += of_class[nms(b[of_class], s[of_class], limit)].tolist()
        assert sorted(kept) == sorted(batched_nms(b, s, l, limit).tolist())
        kept.sort(key=lambda i: (-scores[i], i))
        cases.append({"boxes": boxes, "scores": scores, "labels": labels, "limit": limit, "kept": kept})
    return cases


def wave(n, step, phase, scale, shift):
    """Outputs that the tests make alike: scale·sin(step·i + phase) + shift."""
    i = torch.arange(n, dtype=torch.float64)
    return (scale * torch.sin(step * i + phase) + shift).float()


CLASSES, WIDTH, HEIGHT = 3, 128, 96
IMAGE = (90, 117)  # height, width inside the padded input


def outputs():
    points, sizes = grid(WIDTH, HEIGHT)
    n = len(points)
    # Channel by channel, as the network has them: C×A, A, 4×A.
    logits = wave(CLASSES * n, 1.7, 0.3, 4, -2.5).view(CLASSES, n)
    centre = wave(n, 2.3, 1.1, 3, 0)
    distances = wave(4 * n, 0.9, 0.2, 24, 30).view(4, n)
    return points, sizes, logits, centre, distances


def report(boxes, scores, labels):
    return [[int(l), round(float(s), 7), *(round(float(v), 5) for v in b)] for b, s, l in zip(boxes, scores, labels)]


def detections():
    points, sizes, logits, centre, distances = outputs()
    strides = torch.tensor([STRIDES[k] for k, _, _ in points], dtype=torch.float32)
    split = lambda t: list(t[None].split(sizes, dim=1))
    cases = []
    for candidates, overlap, top in ((1000, 0.6, 100), (1000, 0.5, 30), (20, 0.6, 100)):
        detector = SimpleNamespace(
            score_thresh=0.0, topk_candidates=candidates, nms_thresh=overlap, detections_per_img=None,
            box_coder=_utils.BoxLinearCoder(normalize_by_size=True))
        head = {"cls_logits": split(logits.T), "bbox_ctrness": split(centre[:, None]), "bbox_regression": split((distances / strides).T)}
        found = FCOS.postprocess_detections(detector, head, [list(anchors(points).split(sizes))], [IMAGE])[0]
        # Boxes of the padding, without area, are no detections here.
        keep = torch.where(found["boxes"][:, 2:].gt(found["boxes"][:, :2]).all(1))[0]
        assert candidates < 1000 or len(keep) < len(found["boxes"])  # there are some
        keep = keep[:top]
        cases.append({"candidates": candidates, "overlap": overlap, "top": top,
                      "detections": report(found["boxes"][keep], found["scores"][keep], found["labels"][keep])})
    return cases


def threshold():
    """The published order: threshold on the classification, best of each level by
    the product, boxes, suppression."""
    points, sizes, logits, centre, distances = outputs()
    cases = []
    for limit, candidates in ((0.05, 1000), (0.5, 1000), (0.5, 12)):
        boxes, scores, labels, first = [], [], [], 0
        for size in sizes:
            pairs = []
            for c in range(CLASSES):
                for i in range(first, first + size):
                    p = torch.sigmoid(logits[c, i])
                    if p > limit:
                        pairs.append((float(p * torch.sigmoid(centre[i])), c, i))
            for score, c, i in sorted(pairs, reverse=True)[:candidates]:
                _, x, y = points[i]
                l, t, r, b = distances[:, i].tolist()
                h, w = IMAGE
                clip = lambda v, most: min(max(v, 0), most)
                boxes.append((clip(x - l, w), clip(y - t, h), clip(x + r, w), clip(y + b, h)))
                scores.append(score)
                labels.append(c)
            first += size
        kept = batched_nms(torch.tensor(boxes), torch.tensor(scores), torch.tensor(labels), 0.6)
        kept = [i for i in kept if boxes[i][2] > boxes[i][0] and boxes[i][3] > boxes[i][1]][:100]
        cases.append({"threshold": limit, "candidates": candidates, "overlap": 0.6, "top": 100,
                      "detections": report(torch.tensor(boxes)[kept], torch.tensor(scores)[kept], torch.tensor(labels)[kept])})
    return cases


def main():
    folder = pathlib.Path(sys.argv[1])
    for name, cases in (("targets", targets()), ("nms", suppression()), ("detections", detections()), ("threshold", threshold())):
        (folder / f"{name}.json").write_text("[" + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "]\n")


main()
