"""Writes export.json, tasks as Label Studio exports them, and coco.json, what its own
converter makes of them. Needs the Python package label-studio-sdk (2.1.2 was used).

    python make.py
"""
import json
import pathlib
import random
import tempfile

from label_studio_sdk.converter import Converter

CONFIG = """<View><Image name="image" value="$image"/>
<RectangleLabels name="label" toName="image"><Label value="car"/><Label value="bus"/><Label value="bike"/></RectangleLabels>
<PolygonLabels name="poly" toName="image"><Label value="car"/><Label value="bus"/><Label value="bike"/></PolygonLabels></View>"""

here = pathlib.Path(__file__).parent
random.seed(3)


def percent(low, high):
    return round(random.uniform(low, high), 3)


def region(name, width, height):
    r = {"original_width": width, "original_height": height, "image_rotation": 0, "to_name": "image", "origin": "manual", "id": name}
    label = random.choice(["car", "bus", "bike"])
    if random.random() < 0.6:
        value = {"x": percent(0, 60), "y": percent(0, 60), "width": percent(1, 35), "height": percent(1, 35), "rotation": 0, "rectanglelabels": [label]}
        return {**r, "from_name": "label", "type": "rectanglelabels", "value": value}
    points = [[percent(0, 100), percent(0, 100)] for _ in range(5)]
    return {**r, "from_name": "poly", "type": "polygonlabels", "value": {"points": points, "closed": True, "polygonlabels": [label]}}


tasks = []
for i in range(8):
    width, height = random.choice([(640, 480), (333, 777), (1000, 50)])
    result = [region(f"r{i}_{k}", width, height) for k in range(random.randrange(1, 5))]
    annotation = {"id": i, "completed_by": 1, "result": result, "was_cancelled": False, "ground_truth": False, "created_at": "2024-01-01T00:00:00Z"}
    tasks.append({"id": i + 1, "data": {"image": f"/data/upload/1/im{i:02d}.jpg"}, "annotations": [annotation], "predictions": []})
(here / "export.json").write_text(json.dumps(tasks, indent=1) + "\n")
with tempfile.TemporaryDirectory() as out:
    converter = Converter(CONFIG, project_dir=None, download_resources=False)
    converter.convert_to_coco(str(here / "export.json"), out, output_image_dir=out + "/images", is_dir=False)
    coco = json.loads((pathlib.Path(out) / "result.json").read_text())
for annotation in coco["annotations"]:
    del annotation["segmentation"]
(here / "coco.json").write_text(json.dumps({k: coco[k] for k in ("images", "categories", "annotations")}, indent=1) + "\n")
