"""Counts a YOLO dataset with Ultralytics' scan of labels, which it does before training: its function for one
image, on its number of threads. Of each image only the header is read: its check of the files is left out."""
import sys
from multiprocessing.pool import ThreadPool

from PIL import Image
from ultralytics.data import utils
from ultralytics.utils import NUM_THREADS

from tally_boxes import show_classes


def header(path):
    with Image.open(path) as image:
        width, height = utils.exif_size(image)
    return "", (height, width)


utils.check_image = header
data = utils.check_det_dataset(sys.argv[1], autodownload=False)
from ultralytics.data.dataset import YOLODataset  # noqa: E402


class Listed(YOLODataset):
    """The part of a dataset that finds the files."""

    def __init__(self, folder):
        self.prefix, self.fraction = "", 1.0
        self.images = self.get_img_files(folder)


images = Listed(data["train"]).images
classes = len(data["names"])
work = zip(images, utils.img2label_paths(images), *([value] * len(images) for value in ("", False, classes, 0, 0, False)))
with ThreadPool(NUM_THREADS) as pool:
    boxes = (result[1][:, 0].astype(int) for result in pool.imap(utils.verify_image_label, work) if result[1] is not None)
    show_classes(boxes, classes)
