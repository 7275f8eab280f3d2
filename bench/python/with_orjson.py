"""Counts an annotation file with orjson."""
import sys

import orjson

from tally import show

with open(sys.argv[1], "rb") as f:
    show(orjson.loads(f.read()))
