"""Compiles the snippets of a folder and prints the lists in them as JSON."""

import ast
import json
import sys
from pathlib import Path

lists = {}
for path in Path(sys.argv[1]).glob("*.py"):
    tree = ast.parse(path.read_text(), str(path))
    compile(tree, str(path), "exec")
    lists[path.stem] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            try:
                lists[path.stem][statement.targets[0].id] = ast.literal_eval(statement.value)
            except ValueError:
                pass  # not a constant
    if path.stem == "mmdet":
        scope = {}
        exec(path.read_text(), scope)
        lists["mmdet"]["model"] = scope["model"]
print(json.dumps(lists))
