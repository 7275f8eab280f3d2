"""Counting and output of the Python peers: a line "category_id instances images" for each class."""


def show(document):
    """Counts a document whose lists are Python objects."""
    images = {image["id"] for image in document["images"]}
    instances = {category["id"]: 0 for category in document["categories"]}
    holders = {category: set() for category in instances}
    for annotation in document["annotations"]:
        category, image = annotation["category_id"], annotation["image_id"]
        if category in instances and image in images:
            instances[category] += 1
            holders[category].add(image)
    show_rows((category, instances[category], len(holders[category])) for category in instances)


def show_rows(rows):
    for row in rows:
        print(*row)
