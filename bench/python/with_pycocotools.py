"""Counts an annotation file with the index that pycocotools' COCO builds."""
import contextlib
import sys

from pycocotools.coco import COCO

from tally import show_rows

with contextlib.redirect_stdout(sys.stderr):  # it reports progress there
    coco = COCO(sys.argv[1])
show_rows((c, len(coco.catToImgs[c]), len(set(coco.catToImgs[c]))) for c in coco.cats)
