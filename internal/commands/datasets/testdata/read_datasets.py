"""Prints what other programs read of a dataset: objects by the name of the image,
[class, x1, y1, x2, y2, difficult].

    python read_datasets.py ultralytics DATA.yaml SPLIT...
    python read_datasets.py torchvision ROOT SPLIT...      with ROOT/VOCdevkit/VOC2012
    python read_datasets.py supervision FOLDER             of VOC
"""

import json
import os
import sys
from contextlib import redirect_stdout


def ultralytics(path, *splits):
    with redirect_stdout(sys.stderr):
        from ultralytics.data import YOLODataset
        from ultralytics.data.utils import check_det_dataset
        data = check_det_dataset(path)
        labels = [label for split in splits
                  for label in YOLODataset(img_path=data[split], data=data, task="detect", augment=False).labels]
    out = {}
    for image in labels:
        h, w = image["shape"]
        boxes = []
        for c, (x, y, bw, bh) in zip(image["cls"].ravel(), image["bboxes"]):
            boxes.append([data["names"][int(c)], (x - bw / 2) * w, (y - bh / 2) * h, (x + bw / 2) * w, (y + bh / 2) * h, 0])
        out[os.path.basename(image["im_file"])] = boxes
    return out


def torchvision(root, *splits):
    from torchvision.datasets import VOCDetection
    out = {}
    for split in splits:
        for image, target in VOCDetection(root, year="2012", image_set=split):
            a = target["annotation"]
            assert image.size == (int(a["size"]["width"]), int(a["size"]["height"])), a["filename"]
            out[a["filename"]] = [[o["name"], *(float(o["bndbox"][k]) for k in ("xmin", "ymin", "xmax", "ymax")), int(o["difficult"])]
                                  for o in a.get("object", [])]
    return out


def supervision(folder):
    with redirect_stdout(sys.stderr):
        import supervision as sv
        d = sv.DetectionDataset.from_pascal_voc(folder + "/JPEGImages", folder + "/Annotations")
    out = {}
    for path, found in d.annotations.items():
        # It takes xmin and ymin for those of VOC's own files, which count from 1.
        out[os.path.basename(path)] = [[d.classes[c], x1 + 1, y1 + 1, x2, y2, 0] for (x1, y1, x2, y2), c in zip(found.xyxy, found.class_id)]
    return out


print(json.dumps(globals()[sys.argv[1]](*sys.argv[2:]), default=float))
