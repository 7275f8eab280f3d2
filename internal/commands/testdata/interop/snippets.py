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
    for statement in tree.body:
        if isinstance(statement, ast.FunctionDef) and statement.name == "check_classes":
            scope = {"CLASSES": lists[path.stem]["CLASSES"]}
            exec(compile(ast.Module([statement], []), str(path), "exec"), scope)
            said = []
            for names in (scope["CLASSES"], scope["CLASSES"][1:], scope["CLASSES"][::-1], ["heading", *scope["CLASSES"]]):
                try:
                    scope["check_classes"](names)
                    said.append("")
                except ValueError as e:
                    said.append(str(e))
            lists[path.stem]["checked"] = said
    if path.stem == "mmdet":
        scope = {}
        exec(path.read_text(), scope)
        lists["mmdet"]["model"] = scope["model"]
print(json.dumps(lists))
