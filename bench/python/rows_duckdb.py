"""Makes a Parquet file with a row per annotation with DuckDB, which is told the columns."""
import os
import sys

import duckdb

QUERY = """
COPY (
  SELECT a.id AS annotation_id, a.image_id, a.category_id,
         a.bbox[1] AS x, a.bbox[2] AS y, a.bbox[3] AS width, a.bbox[4] AS height, a.area, a.iscrowd
  FROM (SELECT unnest(annotations) AS a
        FROM read_json($file, maximum_object_size = $size, columns = {annotations:
          'STRUCT(id BIGINT, image_id BIGINT, category_id BIGINT, bbox DOUBLE[], area DOUBLE, iscrowd INTEGER)[]'})))
TO 'OUT' (FORMAT parquet, COMPRESSION snappy)
"""

path, out = sys.argv[1:]
duckdb.execute(QUERY.replace("OUT", out), {"file": path, "size": os.path.getsize(path) + 1})
