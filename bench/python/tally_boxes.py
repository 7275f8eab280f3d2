"""Output of the Python peers that read YOLO datasets: a line "category_id instances images" for each class, whose id
is its number plus 1."""
from tally import show_rows


def show_classes(images, classes):
    """images holds the numbers of the classes of the boxes of each image."""
    instances, holders = [0] * classes, [0] * classes
    for boxes in images:
        for k in boxes:
            instances[k] += 1
        for k in set(boxes):
            holders[k] += 1
    show_rows((k + 1, instances[k], holders[k]) for k in range(classes))
