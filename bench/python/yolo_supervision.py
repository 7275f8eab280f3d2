"""Counts a YOLO dataset with supervision."""
import os
import sys

import supervision as sv

from tally_boxes import show_classes

folder = os.path.dirname(sys.argv[1])
data = sv.DetectionDataset.from_yolo(
    images_directory_path=os.path.join(folder, "images/train2017"),
    annotations_directory_path=os.path.join(folder, "labels/train2017"),
    data_yaml_path=sys.argv[1],
)
show_classes((found.class_id.tolist() for found in data.annotations.values() if found.class_id is not None), len(data.classes))
