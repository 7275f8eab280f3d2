"""The checksum of a weights file, computed from weights.json.

    cocostat convert weights.arrow weights.json
    python checksum.py weights.json

Needs nothing but Python. The checksum is the same in every format that has
metadata; docs/weights-file.md defines it.
"""

import hashlib
import json
import struct
import sys

# Types of the columns; those of groupings, group:NAME, are utf8.
TYPES = {
    "index": "int32",
    "category_id": "int64",
    "name": "utf8",
    "instances": "int64",
    "images": "int64",
    "frequency": "float64",
    "alpha": "float64",
    "group": "utf8",
    "lvis_group": "utf8",
    "repeat_factor": "float64",
}


def text(s):
    data = s.encode()
    return struct.pack("<Q", len(data)) + data


def value(v):
    """Returns the bytes of a value of JSON."""
    if v is None:
        return b"n"
    if isinstance(v, bool):
        return b"t" if v else b"f"
    if isinstance(v, (int, float)):
        return b"d" + struct.pack("<d", v)
    if isinstance(v, str):
        return b"s" + text(v)
    if isinstance(v, list):
        return b"a" + struct.pack("<Q", len(v)) + b"".join(map(value, v))
    keys = sorted(v, key=str.encode)
    return b"o" + struct.pack("<Q", len(v)) + b"".join(value(k) + value(v[k]) for k in keys)


def column(name, kind, values):
    """Returns the bytes of a column; a null is None."""
    head = value(name) + value(kind) + struct.pack("<Q", len(values))
    flags = bytes(v is not None for v in values)
    if kind == "utf8":
        return head + flags + b"".join(text(v or "") for v in values)
    form = {"int32": "<i", "int64": "<q", "float64": "<d"}[kind]
    return head + flags + b"".join(struct.pack(form, v or 0) for v in values)


def checksum(metadata, columns, types):
    """Returns the checksum of metadata and columns, both by name."""
    rest = {k: v for k, v in metadata.items() if k != "checksum"}
    h = hashlib.sha256(value(rest))
    for name in sorted(columns, key=str.encode):
        h.update(column(name, types.get(name, "utf8"), columns[name]))
    return "sha256:" + h.hexdigest()


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as f:
        document = json.load(f)
    metadata, classes = document["cocostat"], document["classes"]
    names = list(TYPES) + ["group:" + g["name"] for g in metadata.get("groupings", [])]
    got = checksum(metadata, {n: [c[n] for c in classes] for n in names}, TYPES)
    print(got)
    if got != metadata.get("checksum"):
        sys.exit(f"{sys.argv[1]}: the checksum is {metadata.get('checksum')}, that of the content {got}")
