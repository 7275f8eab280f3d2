"""Counts an annotation file with hotcoco's dataset statistics."""
import sys

from hotcoco import COCO

from tally import show_rows

rows = COCO(sys.argv[1]).stats()["per_category"]
show_rows((row["id"], row["ann_count"], row["img_count"]) for row in rows)
