"""Runs an ONNX model on images with ONNX Runtime, and compares its detections with
those of 'train predict --format json'.

Usage: onnx_like_predict.py MODEL.onnx PREDICTIONS.json SCORES BOXES

SCORES and BOXES (in pixels) are how far they may be apart. What is equal to the least
score of an image, up to SCORES, may be there or not. One and one in 500 may be
missing: of equal neighbours in a heatmap rounding decides which ones are peaks.
"""
import json
import sys

import numpy
import onnx
import onnxruntime
from PIL import Image


def main(model, predictions, scores, boxes):
    loaded = onnx.load(model)
    onnx.checker.check_model(loaded, full_check=True)
    session = onnxruntime.InferenceSession(model)
    names = json.loads(session.get_modelmeta().custom_metadata_map["names"])
    with open(predictions) as f:
        images = json.load(f)["images"]
    pixels = numpy.stack([numpy.asarray(Image.open(i["file"]).convert("RGB"), numpy.float32) for i in images])
    found = session.run(["boxes", "scores", "labels"], {"images": pixels.transpose(0, 3, 1, 2) / 255})
    worst, count, missing = [0.0, 0.0], 0, []
    for image, b, s, l in zip(images, *found):
        there = [(names[k], float(v), box) for box, v, k in zip(b, s, l) if v > 0]
        wanted = [(d["class"], d["score"], d["bbox"]) for d in image["detections"]]
        count += len(wanted)
        for mine, other in ((wanted, as_wanted(there)), (as_wanted(there), wanted)):
            edge = min((d[1] for d in mine), default=0) + scores
            for name, score, box in mine:
                distances = [
                    (max(abs(numpy.subtract(box, x[2]))), abs(score - x[1])) for x in other if x[0] == name and abs(x[1] - score) <= scores
                ]
                if not distances or min(distances)[0] > boxes:
                    if score > edge:
                        missing.append(f"{image['file']}: {name}, score {score}, box {box}: not in the other's; nearest {min(distances, default=None)}")
                    continue
                worst = numpy.maximum(worst, min(distances))
    assert count > 0, "nothing was detected"
    assert len(missing) <= 1 + count / 500, f"{len(missing)} of {count} are missing, such as {missing[0]}"
    print(f"{count} detections, {len(missing)} missing, boxes within {worst[0]:.2g} pixels, scores within {worst[1]:.2g}")


def as_wanted(there):
    return [(n, s, [b[0], b[1], b[2] - b[0], b[3] - b[1]]) for n, s, b in there]


main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
