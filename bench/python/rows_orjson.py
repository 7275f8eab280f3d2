"""Makes a Parquet file with a row per annotation with orjson and pyarrow."""
import sys

import orjson
import pyarrow
import pyarrow.parquet

path, out = sys.argv[1:]
with open(path, "rb") as f:
    annotations = orjson.loads(f.read())["annotations"]
columns = {"annotation_id": pyarrow.array([a["id"] for a in annotations], pyarrow.int64())}
for name in ["image_id", "category_id"]:
    columns[name] = pyarrow.array([a[name] for a in annotations], pyarrow.int64())
for i, name in enumerate(["x", "y", "width", "height"]):
    columns[name] = pyarrow.array([a["bbox"][i] for a in annotations], pyarrow.float64())
columns["area"] = pyarrow.array([a["area"] for a in annotations], pyarrow.float64())
columns["iscrowd"] = pyarrow.array([a["iscrowd"] for a in annotations], pyarrow.int32())
pyarrow.parquet.write_table(pyarrow.table(columns), out, compression="snappy")
