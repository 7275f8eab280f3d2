"""Says of each file with a row per annotation whether it holds the same as the first."""
import sys

import duckdb

COLUMNS = "annotation_id, image_id, category_id, x, y, width, height, area, iscrowd"


def source(path):
    if path.endswith(".arrow"):
        import pyarrow.ipc

        table = pyarrow.ipc.open_file(path).read_all()
        return table.to_pandas()
    return duckdb.read_parquet(path).df()


first = source(sys.argv[1])
for path in sys.argv[1:]:
    other = source(path)
    rows = duckdb.execute("SELECT count(*) FROM other").fetchall()[0][0]
    missing = duckdb.execute(f"SELECT count(*) FROM (SELECT {COLUMNS} FROM first EXCEPT ALL SELECT {COLUMNS} FROM other)").fetchall()[0][0]
    more = duckdb.execute(f"SELECT count(*) FROM (SELECT {COLUMNS} FROM other EXCEPT ALL SELECT {COLUMNS} FROM first)").fetchall()[0][0]
    print(f"{rows} rows, equal" if missing + more == 0 else f"{rows} rows, {missing + more} differ")
