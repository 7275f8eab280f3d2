"""Counts an annotation file with DuckDB, which is told the two columns that counting needs."""
import os
import sys

import duckdb

from tally import show_rows

QUERY = """
SELECT a.category_id, count(*), count(DISTINCT a.image_id)
FROM (SELECT unnest(annotations) AS a
      FROM read_json(?, columns = {annotations: 'STRUCT(image_id BIGINT, category_id BIGINT)[]'},
                     maximum_object_size = ?))
GROUP BY 1 ORDER BY 1
"""

path = sys.argv[1]
show_rows(duckdb.execute(QUERY, [path, os.path.getsize(path) + 1]).fetchall())
