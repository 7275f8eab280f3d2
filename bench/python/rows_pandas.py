"""Makes a Parquet file with a row per annotation with pandas."""
import json
import sys

import pandas

path, out = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    annotations = json.load(f)["annotations"]
columns = ["id", "image_id", "category_id", "bbox", "area", "iscrowd"]
rows = pandas.DataFrame.from_records(annotations, columns=columns).rename(columns={"id": "annotation_id"})
boxes = pandas.DataFrame(rows.pop("bbox").tolist(), columns=["x", "y", "width", "height"], dtype="float64")
rows = rows.astype({"area": "float64", "iscrowd": "int32"}).join(boxes)
rows.to_parquet(out, compression="snappy", index=False)
