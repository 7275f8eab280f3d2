"""Writes pycocotools.json: what pycocotools 2.0.11 (numpy 2.4.6) makes of the
detections that TestEvalField and TestEvalDetected evaluate.

    python make_pycocotools.py FIELD > pycocotools.json

FIELD is the folder ../shared/data/field. Of each case it stores AP, AP50 and AR
at the largest limit on detections, as means over the elements of the arrays that
are not -1. What pycocotools cannot read (names in place of ids, areas that are
missing) is made readable here first, by this script's own means.
"""
import contextlib
import copy
import io
import json
import os
import sys

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

here, field = os.path.dirname(os.path.abspath(__file__)), sys.argv[1]


def load(folder, name):
    with open(os.path.join(folder, name)) as f:
        return json.load(f)


def evaluate(gt, dt, max_dets=None, detected=False):
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = copy.deepcopy(gt)
        for a in coco.dataset["annotations"]:
            a.setdefault("iscrowd", 0)
            a.setdefault("area", a["bbox"][2] * a["bbox"][3])
        coco.createIndex()
        e = COCOeval(coco, coco.loadRes(copy.deepcopy(dt)) if dt else COCO(), "bbox")
        e.params.areaRng, e.params.areaRngLbl = [[0, 1e10]], ["all"]  # the others are not stored
        if detected:
            e.params.imgIds = sorted({d["image_id"] for d in dt})
        if max_dets:
            e.params.maxDets = max_dets
        e.evaluate()
        e.accumulate()
    mean = lambda x: float(x[x > -1].mean())
    p, r = e.eval["precision"], e.eval["recall"]
    return {"AP": mean(p[:, :, :, 0, -1]), "AP50": mean(p[0, :, :, 0, -1]), "AR": mean(r[:, :, 0, -1])}


def by_name(gt, dt):
    ids = {os.path.splitext(i["file_name"])[0]: i["id"] for i in gt["images"]}
    return [{**d, "image_id": ids[os.path.splitext(d["image_id"])[0]]} for d in dt]


def numbers(dt):
    return [{**d, "bbox": [float(x) for x in d["bbox"]], "score": float(d["score"])} for d in dt]


out = {}
gt = load(field, "eval_gt.json")
for name in "dt dt_cat0 dt_norm dt_equal dt_equal_shuffled dt_perfect dt_subset dt_percent".split():
    out["eval_" + name] = evaluate(gt, load(field, f"eval_{name}.json"))
out["eval_dt_dict"] = evaluate(gt, load(field, "eval_dt_dict.json")["annotations"])
out["eval_dt_bboxstr"] = evaluate(gt, numbers(load(field, "eval_dt_bboxstr.json")))
for name in ("eval_dt_stem", "eval_dt_filename"):
    out[name] = evaluate(gt, by_name(gt, load(field, name + ".json")))
out["eval_dt_subset detected"] = evaluate(gt, load(field, "eval_dt_subset.json"), detected=True)
dt = load(field, "eval_dt.json")
out["eval_gt_noarea"] = evaluate(load(field, "eval_gt_noarea.json"), dt)
out["eval_gt_id0 compat"] = evaluate(load(field, "eval_gt_id0.json"), dt)
renumbered = load(field, "eval_gt_id0.json")
for a in renumbered["annotations"]:
    a["id"] += 1
out["eval_gt_id0"] = evaluate(renumbered, dt)
dense, dense_dt = load(field, "eval_dense_gt.json"), load(field, "eval_dense_dt.json")
out["eval_dense"] = evaluate(dense, dense_dt)
out["eval_dense 5000"] = evaluate(dense, dense_dt, max_dets=[1, 10, 5000])
out["eval_fp"] = evaluate(load(field, "eval_fp_gt.json"), load(field, "eval_fp_dt.json"))
for name in ("a", "b"):
    out[f"{name} detected"] = evaluate(load(here, "truth.json"), load(here, name + ".json"), detected=True)
json.dump(out, sys.stdout, indent=1)
print()
