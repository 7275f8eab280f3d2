#!/usr/bin/env python3
"""Makes evaluation cases with the results that pycocotools gives for them.

    python3 -m venv venv && venv/bin/pip install numpy pycocotools==2.0.11
    venv/bin/python make_cases.py -o cases.json                     # the stored cases
    venv/bin/python make_cases.py --count 2000 --seed 7 -o big.json  # others
    venv/bin/python make_cases.py --compat -o compat_cases.json     # the stored ones on which we differ
    venv/bin/python make_cases.py --truth instances.json --kind jittered -o real.json

and then, for a file other than cases.json,

    go test ./evaluate -run TestCases -cases big.json

TestAgainstPycocotools runs this script itself, if PYCOCOTOOLS is the Python of
such an environment.

A file holds {"rows": [...], "cases": [...]}. A case has images, classes,
truths [id, image, category, x, y, w, h, area, crowd], dets [image, category,
x, y, w, h, score], params (absent: COCO's), agnostic (useCats = 0), compat
(what Params.Compat is for) and the results. Runs are flat
lists of value, length, value, length, ...: a row is R values in runs;
precision and scores are runs of row numbers and recall is runs of values, all
in the order K, A, M, T. Numbers are Python's repr, which reads back exactly. stats are the 12 numbers, for
COCO's parameters only, or for any three limits or more in compat cases.
"""
import argparse
import contextlib
import io
import itertools
import json
import random

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

SIZES = [0, 1, 2, 4, 8, 10, 16, 20, 30, 32, 33, 40, 64, 96, 97, 100, 128, 200]


def index(images, classes, annotations):
    """A COCO object without the checks of loadRes, which fails on no detections."""
    coco = COCO()
    coco.dataset = {
        "images": [{"id": i} for i in images],
        "categories": [{"id": c, "name": str(c)} for c in classes],
        "annotations": annotations,
    }
    coco.createIndex()
    return coco


def runs(values):
    flat = []
    for value, group in itertools.groupby(values):
        flat += [value, len(list(group))]
    return flat


def compact(x):
    x = float(x)
    return int(x) if x == int(x) and abs(x) < 2**53 else x


def evaluate(case, rows):
    """Adds pycocotools' results to a case; rows maps runs to their numbers."""
    rng = random.Random(len(case["truths"]))
    truths = [
        {"id": t[0], "image_id": t[1], "category_id": t[2], "bbox": t[3:7], "area": t[7],
         "iscrowd": t[8], "ignore": rng.randrange(2)}  # pycocotools overwrites ignore by iscrowd
        for t in case["truths"]
    ]
    dets = [
        {"id": n + 1, "image_id": d[0], "category_id": d[1], "bbox": d[2:6],
         "area": d[4] * d[5], "score": d[6], "iscrowd": 0}
        for n, d in enumerate(case["dets"])
    ]
    with contextlib.redirect_stdout(io.StringIO()):
        e = COCOeval(index(case["images"], case["classes"], truths),
                     index(case["images"], case["classes"], dets), "bbox")
        e.params.useCats = 0 if case.get("agnostic") else 1
        e.params.imgIds = case.get("only_images", e.params.imgIds)
        e.params.catIds = case.get("only_classes", e.params.catIds)
        p = case.get("params")
        if p:
            e.params.iouThrs, e.params.recThrs = np.array(p["iou"]), np.array(p["recall"])
            e.params.maxDets = p["maxDets"]
            if "areas" in p:
                e.params.areaRng, e.params.areaRngLbl = p["areas"], [str(i) for i in range(len(p["areas"]))]
        e.evaluate()
        e.accumulate()
        if not p or case.get("compat") and "areas" not in p and len(p["maxDets"]) >= 3:
            e.summarize()
            case["stats"] = [compact(s) for s in e.stats]
    for name in "precision", "scores":
        array = e.eval[name].transpose(2, 3, 4, 0, 1)  # K A M T R
        numbers = []
        for row in array.reshape(-1, array.shape[-1]).tolist():
            key = json.dumps(runs([compact(v) for v in row]))
            numbers.append(rows.setdefault(key, len(rows)))
        case[name] = runs(numbers)
    recall = e.eval["recall"].transpose(1, 2, 3, 0)  # K A M T
    case["recall"] = runs([compact(v) for v in recall.reshape(-1).tolist()])


def random_box(rng, fine):
    if fine:
        return [round(rng.uniform(0, 60), 2), round(rng.uniform(0, 60), 2),
                round(rng.uniform(0, 120), 2), round(rng.uniform(0, 120), 2)]
    return [rng.randrange(12) * 4, rng.randrange(12) * 4, rng.choice(SIZES), rng.choice(SIZES)]


def near(rng, box, fine):
    if rng.random() < 0.3:
        return list(box)
    if fine:
        s = rng.choice([0.02, 0.1, 0.3])
        return [round(box[i] + rng.gauss(0, s) * max(box[2 + i % 2], 1), 2) for i in (0, 1)] + \
               [round(abs(box[i] * (1 + rng.gauss(0, s))), 2) for i in (2, 3)]
    out = list(box)
    i = rng.randrange(4)  # halves and quarters reach IoU 0.5, 0.75 exactly
    out[i] = max(0, out[i] + rng.choice([-8, -4, -2, -1, 1, 2, 4, 8])) if i < 2 else \
        compact(rng.choice([box[i] * 3 / 4, box[i] / 2, box[i] * 4 / 5, box[i] * 2, box[i] + 1]))
    return out


def random_params(rng):
    iou = rng.choice([[0.5], [0.5, 0.75], [0, 0.3, 1], [0.1, 0.6, 0.9, 0.95]])
    recall = rng.choice([[0, 0.5, 1], [0.1 * i for i in range(11)], [1 / 3, 2 / 3], [0]])
    max_dets = rng.choice([[1, 3, 7], [2], [1, 5], [1, 2, 3, 4]])
    areas = rng.choice([[[0, 1e10]], [[0, 1024], [1024, 9216]], [[100, 100.5], [0, 0], [5, 1e4]]])
    return {"iou": iou, "recall": recall, "maxDets": max_dets, "areas": areas}


def random_case(rng, number):
    fine = rng.random() < 0.4
    tied = rng.random() < 0.5
    crowd = rng.choice([0, 0, 0.2, 0.6])
    crowded = number % 60 == 7  # more than 100 detections in one image
    images = rng.sample(range(1, 50), rng.randint(1, 4))
    classes = rng.sample(range(1, 12), rng.randint(1, 3))
    truths, dets = [], []

    def score():
        if tied:
            return rng.choice([0, 0.1, 0.5, 0.9, 1])
        return round(rng.random(), rng.choice([2, 3, 8]))

    for image in images:
        for c in classes:
            boxes = [random_box(rng, fine) for _ in range(rng.choice([0, 0, 1, 1, 2, 3, 5]))]
            for b in boxes:
                area = b[2] * b[3]
                area = rng.choice([area, area, round(area * rng.uniform(0.3, 1), 1), 1024, 9216])
                truths.append([len(truths) + 1, image, c] + b + [area, int(rng.random() < crowd)])
            n = rng.choice([0, 0, 1, 2, 4, 8]) if boxes else rng.choice([0, 0, 1, 3])
            for _ in range(n):
                b = near(rng, rng.choice(boxes), fine) if boxes and rng.random() < 0.8 else random_box(rng, fine)
                dets.append([image, c] + b + [score()])
    if crowded and truths:
        _, image, c, *b = truths[0][:7]
        dets += [[image, c] + near(rng, b, fine) + [score()] for _ in range(rng.randint(101, 115))]
    if rng.random() < 0.1:
        dets.append([images[0], 99] + random_box(rng, fine) + [score()])  # a class not evaluated
    if rng.random() < 0.1:
        dets = []
    rng.shuffle(truths)
    rng.shuffle(dets)
    case = {"images": images, "classes": classes, "truths": truths, "dets": dets}
    if rng.random() < 0.4:
        case["params"] = random_params(rng)
    if number % 5 == 4:
        case["agnostic"] = True
    if number % 7 == 6:
        case["only_images"] = sorted(rng.sample(images, rng.randint(1, len(images))))
        case["only_classes"] = sorted(rng.sample(classes, rng.randint(1, len(classes))))
    return case


def compat_case(rng, number):
    """A case with annotation id 0, ids used several times, or unusual limits."""
    case = random_case(rng, number)
    case["compat"] = True
    truths = case["truths"]
    what = number % 4
    if what in (0, 3):
        for t in truths[:1 + len(truths) // 4]:
            t[0] = 0 if what == 0 and t is truths[0] else rng.choice(truths)[0]
    if what == 1 and truths:
        rng.choice(truths)[0] = 0
    if what == 2:
        thresholds = {"iou": [0.5, 0.75, 0.9], "recall": [0.1 * i for i in range(11)]}
        case["params"] = thresholds | {"maxDets": rng.choice([[1, 10, 200], [1, 3, 100, 300], [5, 2, 1], [100, 10, 1]])}
    return case


def real_case(rng, path, kind):
    """The truths of a file, with detections of a kind."""
    with open(path) as f:
        data = json.load(f)
    images = [i["id"] for i in data["images"]]
    classes = [c["id"] for c in data["categories"]]
    truths = [[a["id"], a["image_id"], a["category_id"], *a["bbox"], a["area"], a.get("iscrowd", 0)]
              for a in data["annotations"]]
    dets = []
    if kind == "perfect":
        dets = [[*t[1:7], 0.9] for t in truths]
    elif kind == "crowded":  # 1000 in an image
        for image in images[:60]:
            here = [t for t in truths if t[1] == image] or truths[:1]
            for _ in range(1000):
                t = rng.choice(here)
                box = [t[3] + rng.gauss(0, 0.2) * t[5], t[4] + rng.gauss(0, 0.2) * t[6], t[5], t[6]]
                dets.append([image, t[2] if rng.random() < 0.9 else rng.choice(classes[:3]), *box, rng.random()])
    for t in truths if kind in ("jittered", "ties") else []:
        for _ in range(4 if kind == "jittered" else 2):
            s = rng.choice([0.02, 0.05, 0.1, 0.3])
            x, y, w, h = t[3:7]
            dets.append([t[1] if rng.random() < 0.95 else rng.choice(images),
                         t[2] if rng.random() < 0.8 else rng.choice(classes),
                         x + rng.gauss(0, s) * w, y + rng.gauss(0, s) * h,
                         w * abs(1 + rng.gauss(0, s)), h * abs(1 + rng.gauss(0, s)),
                         0.5 if kind == "ties" else round(min(1, max(0, rng.gauss(0.7 - s, 0.25))), 3)])
    rng.shuffle(dets)
    ids = {t[0] for t in truths}
    return {"images": images, "classes": classes, "truths": truths, "dets": dets,
            "compat": 0 in ids or len(ids) < len(truths)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=240)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", help="a COCO file to take one real case from")
    parser.add_argument("--kind", default="jittered", choices=["perfect", "jittered", "ties", "crowded", "empty"],
                        help="detections for --truth")
    parser.add_argument("--compat", action="store_true", help="cases that need Params.Compat")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    if options.truth:
        cases = [real_case(rng, options.truth, options.kind)]
    elif options.compat:
        cases = [compat_case(rng, n) for n in range(options.count)]
    else:
        cases = [random_case(rng, n) for n in range(options.count)]
    rows = {}
    for case in cases:
        evaluate(case, rows)
    with open(options.output, "w") as f:
        f.write('{"rows":[\n' + ",\n".join(k.replace(" ", "") for k in rows) + '\n],"cases":[\n')
        f.write(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")


if __name__ == "__main__":
    main()
