"""Reads the weights files of a folder with every table library and compares
them with expected.json."""

import json
import math
import sys
from pathlib import Path

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.feather
import pyarrow.parquet
from safetensors import safe_open
from safetensors.numpy import load_file

sys.path.append(sys.argv[2])
from checksum import TYPES, checksum

folder = Path(sys.argv[1])
expected = json.loads((folder / "expected.json").read_text())
columns, meta = expected["columns"], expected["meta"]
present = [a is not None for a in columns["alpha"]]
filled = [1.0 if a is None else a for a in columns["alpha"]]
path = {e: str(folder / f"w.{e}") for e in ["arrow", "parquet", "json", "safetensors", "csv", "npy"]}


def same(what, got, want):
    got, want = list(got), list(want)
    if got != want or [type(g) for g in got] != [type(w) for w in want]:
        sys.exit(f"{what}: {got}, want {want}")


def check(what, column, alpha="alpha"):
    """Compares what column(name) returns with the columns that were written."""
    for name, want in columns.items():
        got = column(name)
        if name == "alpha":
            want = {"alpha": want, "filled": filled}[alpha]
        same(f"{what}, column {name}", got, want)
    print(what)


sums = set()


def metadata(what, text):
    got = json.loads(text)
    sums.add(got.pop("checksum"))
    if got != meta:
        sys.exit(f"{what}: metadata {text}, want {meta}")


# Arrow
table = pa.feather.read_table(path["arrow"])
check("pyarrow, Arrow", lambda n: table[n].to_pylist())
metadata("pyarrow, Arrow", table.schema.metadata[b"cocostat"])
if table.schema.field("index").type != pa.int32() or table.schema.field("alpha").type != pa.float64():
    sys.exit(f"pyarrow, Arrow: types {table.schema}")
table.validate(full=True)
frame = pl.read_ipc(path["arrow"])
check("polars, Arrow", lambda n: frame[n].to_list())
relation = duckdb.from_arrow(table)
check("DuckDB, Arrow", lambda n: [r[0] for r in relation.project(f'"{n}"').fetchall()])

# Parquet
file = pa.parquet.ParquetFile(path["parquet"])
check("pyarrow, Parquet", lambda n: file.read()[n].to_pylist())
metadata("pyarrow, Parquet", file.metadata.metadata[b"cocostat"])
parquet = pl.read_parquet(path["parquet"])
check("polars, Parquet", lambda n: parquet[n].to_list())
query = duckdb.sql(f"select * from read_parquet('{path['parquet']}')")
check("DuckDB, Parquet", lambda n: [r[0] for r in query.project(f'"{n}"').fetchall()])
[[value]] = duckdb.sql(f"select value from parquet_kv_metadata('{path['parquet']}') where key = 'cocostat'").fetchall()
metadata("DuckDB, Parquet", value)

# CSV
text = pl.read_csv(path["csv"])
check("polars, CSV", lambda n: text[n].to_list())
options = pa.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=False)
arrow_csv = pa.csv.read_csv(path["csv"], convert_options=options, parse_options=pa.csv.ParseOptions(newlines_in_values=True))
check("pyarrow, CSV", lambda n: arrow_csv[n].to_pylist())
rows = duckdb.sql(f"select * from read_csv('{path['csv']}', header = true, allow_quoted_nulls = false)")
check("DuckDB, CSV", lambda n: [r[0] for r in rows.project(f'"{n}"').fetchall()])

# JSON
document = json.loads(Path(path["json"]).read_text())
check("json", lambda n: [c[n] for c in document["classes"]])
metadata("json", json.dumps(document["cocostat"]))

# safetensors
tensors = load_file(path["safetensors"])
with safe_open(path["safetensors"], framework="np") as f:
    texts = f.metadata()
check("safetensors", lambda n: tensors[n].tolist() if n in tensors else json.loads(texts[n]), alpha="filled")
same("safetensors, has_alpha", tensors["has_alpha"].tolist(), present)
metadata("safetensors", texts["cocostat"])

# NPY
array = np.load(path["npy"])
check("NumPy", lambda n: array[n].tolist(), alpha="filled")
same("NumPy, has_alpha", array["has_alpha"].tolist(), present)
if not math.isfinite(array["alpha"].sum()):
    sys.exit("NumPy: alpha is not finite")

# One checksum in all formats, and that of pyarrow's columns.
if sums != {checksum(meta, {n: table[n].to_pylist() for n in table.column_names}, TYPES)}:
    sys.exit(f"checksums {sums}")
print("checksums")

# What these libraries write is for cocostat to read.
written = folder / "written"
written.mkdir()
pa.parquet.write_table(table, written / "pyarrow.parquet", row_group_size=2, compression="zstd")
pa.parquet.write_table(table, written / "plain.parquet", use_dictionary=False, compression="none", data_page_version="2.0")
encodings = {n: "DELTA_BINARY_PACKED" for n in ["index", "category_id", "instances", "images"]}
encodings |= {"name": "DELTA_BYTE_ARRAY", "group": "DELTA_LENGTH_BYTE_ARRAY"}
pa.parquet.write_table(table, written / "delta.parquet", use_dictionary=False, compression="brotli", column_encoding=encodings, row_group_size=4)
for compression in ["zstd", "lz4"]:
    options = pa.ipc.IpcWriteOptions(compression=compression)
    with pa.OSFile(str(written / f"{compression}.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema, options=options) as writer:
        writer.write_batch(table.combine_chunks().to_batches()[0])
extra = {
    "list": pa.array([[1, 2], None, [], [3], [4], [5]]),
    "struct": pa.array([{"a": 1, "b": "x"}] * 6),
    "dictionary": pa.array(["x", "y", None] * 2).dictionary_encode(),
    "view": pa.array(["short", "longer than twelve bytes"] * 3, pa.string_view()),
    "none": pa.nulls(6),
    "fixed": pa.array([[1, 2]] * 6, pa.list_(pa.int8(), 2)),
    "decimal": pa.array([None, 1, 2, 3, 4, 5], pa.decimal128(5, 2)),
    "large": pa.array(["x"] * 6, pa.large_string()),
}
wide = pa.table(extra | {n: table[n].combine_chunks() for n in table.column_names}).replace_schema_metadata(table.schema.metadata)
with pa.OSFile(str(written / "wide.arrow"), "wb") as sink, pa.ipc.new_file(sink, wide.schema) as writer:
    writer.write_batch(wide.to_batches()[0])
pa.parquet.write_table(wide.drop_columns(["none"]), written / "wide.parquet")
with pa.OSFile(str(written / "pyarrow.arrow"), "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
    writer.write_batch(table.combine_chunks().to_batches()[0])
text.write_csv(written / "polars.csv", quote_style="non_numeric")
np.save(written / "numpy.npy", array[:])
document["classes"] = [dict(reversed(c.items())) for c in document["classes"]]
(written / "python.json").write_text(json.dumps(document))
with open(written / "python.safetensors", "wb") as f:
    from safetensors.numpy import save

    f.write(save(tensors, metadata=texts))
