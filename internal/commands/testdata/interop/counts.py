"""Runs load.sql and counts.sql, the queries of docs/beyond-one-machine.md, in
DuckDB, and writes what comes out in the forms that engines write."""
import sys

import duckdb
import polars
import pyarrow as pa

load, counts = (open(path).read() for path in ("load.sql", "counts.sql"))
db = duckdb.connect()
db.execute(load)
for form in "parquet", "csv":
    db.execute(f"COPY ({counts}) TO 'counts.{form}'")
db.execute(f"COPY ({counts}) TO 'lines.json'")
db.execute(f"COPY ({counts}) TO 'list.json' (ARRAY true)")
db.execute(f"COPY ({counts}) TO 'counts.tsv' (DELIMITER '\t')")
for table in "boxes", "classes", "images":
    db.execute(f"COPY {table} TO '{table}.parquet'")
table = db.sql(counts).to_arrow_table()
with pa.ipc.new_stream("counts.arrows", table.schema) as out:
    out.write_table(table)
with pa.ipc.new_file("counts.arrow", table.schema) as out:
    out.write_table(table)

frame = polars.read_parquet("counts.parquet").with_columns(polars.col("instances").cast(polars.UInt32))
frame.write_ipc("polars.arrow")
frame.write_parquet("polars.parquet")
print(sys.version.split()[0], duckdb.__version__)
