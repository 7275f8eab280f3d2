"""Counts a YOLO dataset with datumaro."""
import os
import sys

from datumaro import Dataset

from tally_boxes import show_classes

data = Dataset.import_from(os.path.dirname(sys.argv[1]), "yolo")
classes = len(data.categories()[next(iter(data.categories()))].items)
show_classes(([a.label for a in item.annotations] for item in data), classes)
