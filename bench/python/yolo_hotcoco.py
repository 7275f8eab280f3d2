"""Counts a YOLO dataset with hotcoco's converter, which wants data.yaml beside the labels."""
import os
import sys

from hotcoco import COCO

from tally import show_rows

folder = os.path.dirname(sys.argv[1])
labels = os.path.join(folder, "labels/train2017")
images = os.path.join(folder, "images/train2017")
rows = COCO.from_yolo(labels, images_dir=images).stats()["per_category"]
show_rows((row["id"], row["ann_count"], row["img_count"]) for row in rows)
