#!/usr/bin/env python3
"""Write sides.json: sizes by the rule of scaling to a shorter and a longer side,
in Python's arithmetic, and pixels that Pillow scales bilinearly.

usage: make_sides.py   (Pillow 9.4)
"""
import json
import os
import random

import PIL
from PIL import Image

here = os.path.dirname(os.path.abspath(__file__))


def scaled(width, height, short, long):
    """The shorter side becomes short, unless the longer one would exceed long."""
    low, high = float(min(width, height)), float(max(width, height))
    if high / low * short > long:
        short = int(round(long * low / high))
    if width < height:
        return short, int(short * height / width)
    return int(short * width / height), short


random.seed(5)
sizes = []
for short, long in [(800, 1333), (640, 800), (256, 512)]:
    for _ in range(40):
        width, height = random.randint(60, 3000), random.randint(60, 3000)
        sizes.append([width, height, short, long, *scaled(width, height, short, long)])

source = Image.open(os.path.join(here, "images", "lossless.webp.rgb.png")).convert("RGB")
pictures = []
for short, long in [(60, 200), (50, 61)]:
    width, height = scaled(*source.size, short, long)
    data = list(source.resize((width, height), Image.BILINEAR).getdata())
    pictures.append({"short": short, "long": long, "width": width, "height": height,
                     "step": 17, "pixels": data[::17]})  # every 17th in row order

with open(os.path.join(here, "sides.json"), "w") as f:
    json.dump({"made": "make_sides.py, Pillow " + PIL.__version__, "sizes": sizes, "pictures": pictures}, f, separators=(",", ":"))
    f.write("\n")
