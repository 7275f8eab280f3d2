#!/usr/bin/env python3
"""Makes evaluation cases with the results that lvis-api gives for them.

    python3 -m venv venv && venv/bin/pip install numpy pycocotools==2.0.11 lvis==0.5.3
    venv/bin/python make_lvis_cases.py --truth lvis_val_100.json -o lvis_cases.json  # the stored cases
    venv/bin/python make_lvis_cases.py --count 2000 --seed 7 -o big.json             # others

and then, for a file other than lvis_cases.json,

    go test ./evaluate -run TestLVISCases -lvis-cases big.json

A file holds {"rows": [...], "shared": ..., "cases": [...]} in the terms of
make_cases.py. A case has images, classes, truths, dets, negative and partial
[[image, category, category, ...], ...], frequency (a letter for each class),
limit (detections per image; absent: 300), params (absent: LVIS's) and the
results: precision and recall in the order K, A, T, and for LVIS's parameters
the 13 numbers. Members of shared are those of the cases that lack them.
"""
import argparse
import json
import logging
import random

import numpy as np

if not hasattr(np, "float"):
    np.float = float  # lvis-api is older than numpy 1.24

from lvis import LVIS, LVISEval, LVISResults
from make_cases import compact, near, random_box, random_case, runs

logging.disable(logging.WARNING)


def truth_index(case):
    """An LVIS object that comes from no file."""
    lvis = LVIS.__new__(LVIS)
    lvis.logger = logging.getLogger(__name__)
    negative = {n[0]: n[1:] for n in case["negative"]}
    partial = {n[0]: n[1:] for n in case["partial"]}
    lvis.dataset = {
        "images": [{"id": i, "neg_category_ids": negative.get(i, []),
                    "not_exhaustive_category_ids": partial.get(i, [])} for i in case["images"]],
        "categories": [{"id": c, "frequency": f} for c, f in zip(case["classes"], case["frequency"])],
        "annotations": [{"id": t[0], "image_id": t[1], "category_id": t[2], "bbox": t[3:7],
                         "area": t[7], "iscrowd": t[8]} for t in case["truths"]],
    }
    lvis._create_index()
    return lvis


def evaluate(case, rows):
    """Adds lvis-api's results to a case; rows maps runs to their numbers."""
    gt = truth_index(case)
    dets = [{"image_id": d[0], "category_id": d[1], "bbox": d[2:6], "score": d[6]} for d in case["dets"]]
    e = LVISEval(gt, LVISResults(gt, dets, max_dets=case.get("limit", 300)), "bbox")
    p = case.get("params")
    if p:
        e.params.iou_thrs, e.params.rec_thrs = np.array(p["iou"]), np.array(p["recall"])
        e.params.area_rng = p["areas"]
        e.params.area_rng_lbl = [str(a) for a in p["areas"]]
    e.evaluate()
    e.accumulate()
    if not p:
        e.summarize()
        case["stats"] = [compact(v) for v in e.results.values()]
    numbers = []
    array = e.eval["precision"].transpose(2, 3, 0, 1)  # K A T R
    for row in array.reshape(-1, array.shape[-1]).tolist():
        key = json.dumps(runs([compact(v) for v in row]))
        numbers.append(rows.setdefault(key, len(rows)))
    case["precision"] = runs(numbers)
    recall = e.eval["recall"].transpose(1, 2, 0)  # K A T
    case["recall"] = runs([compact(v) for v in recall.reshape(-1).tolist()])


def federate(rng, case):
    """Says which classes each image was searched for."""
    present = {(t[1], t[2]) for t in case["truths"]}
    negative, partial = [], []
    for image in case["images"]:
        absent = [c for c in case["classes"] + [98] if (image, c) not in present]
        negative.append([image] + [c for c in absent if rng.random() < 0.5])
        # also classes that are not in the image, of which some are negative
        partial.append([image] + [c for c in case["classes"] if rng.random() < 0.3])
    case["negative"] = [n for n in negative if len(n) > 1]
    case["partial"] = [n for n in partial if len(n) > 1]
    case["frequency"] = "".join(rng.choice("rcf") for _ in case["classes"])


def small_case(rng, number):
    """A small random case with at least one detection; lvis-api fails on none."""
    case = {"dets": []}
    while not case["dets"]:
        case = random_case(rng, number)
    if "params" in case:
        del case["params"]["maxDets"]
    federate(rng, case)
    if rng.random() < 0.4:
        case["limit"] = rng.choice([1, 2, 5, 10])
    return case


def read_truth(path):
    with open(path) as f:
        data = json.load(f)
    return {
        "images": [i["id"] for i in data["images"]],
        "classes": [c["id"] for c in data["categories"]],
        "frequency": "".join(c["frequency"] for c in data["categories"]),
        "truths": [[a["id"], a["image_id"], a["category_id"], *a["bbox"], a["area"], a.get("iscrowd", 0)]
                   for a in data["annotations"]],
        "negative": [[i["id"], *i["neg_category_ids"]] for i in data["images"]],
        "partial": [[i["id"], *i["not_exhaustive_category_ids"]] for i in data["images"]],
    }


def real_dets(rng, truth, kind):
    """Detections of one kind for the truths of a file."""
    dets = []
    negative = {n[0]: n[1:] for n in truth["negative"]}
    for t in truth["truths"]:
        box = [float(v) for v in t[3:7]]
        if kind == "perfect":
            dets.append([t[1], t[2], *box, 1])
            continue
        for _ in range(2):
            if rng.random() < 0.5:
                s = rng.choice([0.02, 0.05, 0.1, 0.3])
                box = [round(v + rng.gauss(0, s) * max(box[2 + i % 2], 1), 2) for i, v in enumerate(box)]
                box[2:] = [abs(v) for v in box[2:]]
            image = t[1] if rng.random() < 0.9 else rng.choice(truth["images"])
            category = t[2]
            if rng.random() < 0.3:
                category = rng.choice(negative[image] or truth["classes"])
            score = rng.choice([0.25, 0.5, 0.75]) if kind == "ties" else round(rng.random(), 3)
            dets.append([image, category, *box, score])
    if kind == "crowded":  # far more than 300 in two images
        for image in rng.sample(truth["images"], 2):
            here = [t for t in truth["truths"] if t[1] == image]
            for _ in range(500):
                t = rng.choice(here)
                dets.append([image, t[2], *near(rng, t[3:7], True), round(rng.random(), 2)])
    rng.shuffle(dets)
    return dets


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--truth", help="an LVIS file to take four real cases from")
    parser.add_argument("-o", "--output", required=True)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cases = [small_case(rng, n) for n in range(options.count)]
    rows, shared = {}, {}
    if options.truth:
        shared = read_truth(options.truth)
        cases += [{"kind": kind, "dets": real_dets(rng, shared, kind)}
                  for kind in ("perfect", "jittered", "ties", "crowded")]
    with open(options.output, "w") as f:
        lines = []
        for case in cases:
            full = {**shared, **case} if "truths" not in case else case
            evaluate(full, rows)
            for name in ("precision", "recall", "stats"):
                if name in full:
                    case[name] = full[name]
            lines.append(json.dumps(case, separators=(",", ":")))
        f.write('{"rows":[\n' + ",\n".join(k.replace(" ", "") for k in rows) + '\n],\n"shared":')
        f.write(json.dumps(shared, separators=(",", ":")) + ',\n"cases":[\n' + ",\n".join(lines) + "\n]}\n")


if __name__ == "__main__":
    main()
