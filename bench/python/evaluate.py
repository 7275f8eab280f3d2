"""Evaluates detections with a library that has the classes of pycocotools.

    evaluate.py LIBRARY TRUTH.json DETECTIONS.json [ARRAYS.npz]

prints the 12 numbers of boxes as a JSON list, and writes the arrays precision,
recall and scores if told where.
"""
import contextlib
import json
import os
import pathlib
import sys


def classes(library):
    """COCO and COCOeval of a library; the others are not loaded."""
    if library == "pycocotools":
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    elif library == "faster-coco-eval":
        from faster_coco_eval import COCO, COCOeval_faster as COCOeval
    elif library == "hotcoco":
        from hotcoco import COCO, COCOeval
    elif library == "ultrafast-pycocotools":
        from ultrafast_pycocotools import COCO, COCOeval
    elif library == "vernier":  # its classes are for pycocotools' data
        from pycocotools.coco import COCO
        from vernier import COCOeval
    else:
        sys.exit(f"unknown library {library}")
    return COCO, COCOeval


def with_vernier(truth, detections):
    """The 12 numbers by vernier's own interface, the fastest that it has."""
    from vernier.instance import Bbox, CocoDataset, Evaluator

    gt = CocoDataset.from_json(pathlib.Path(truth).read_bytes())
    evaluator = Evaluator(iou=Bbox(), parity_mode="strict")
    return evaluator.evaluate(gt, pathlib.Path(detections).read_bytes(), num_threads=len(os.sched_getaffinity(0))).stats


def main():
    library, truth, detections, *arrays = sys.argv[1:]
    if library == "vernier" and not arrays:
        print(json.dumps([float(v) for v in with_vernier(truth, detections)[:12]]))
        return
    COCO, COCOeval = classes(library)
    with contextlib.redirect_stdout(sys.stderr):  # they report progress there
        gt = COCO(truth)
        evaluation = COCOeval(gt, gt.loadRes(detections), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    print(json.dumps([float(v) for v in evaluation.stats[:12]]))
    if arrays:
        import numpy

        names = ("precision", "recall", "scores")
        numpy.savez(arrays[0], **{name: numpy.asarray(evaluation.eval[name]) for name in names})


if __name__ == "__main__":
    main()
