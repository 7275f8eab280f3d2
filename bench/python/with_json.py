"""Counts an annotation file with json of the standard library."""
import json
import sys

from tally import show

with open(sys.argv[1]) as f:
    show(json.load(f))
