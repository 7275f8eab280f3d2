#!/usr/bin/env python3
"""Write images of many kinds to images/, and beside each NAME what Pillow makes
of it as NAME.rgb.png: upright by ImageOps.exif_transpose, laid on black, 8-bit RGB.

What Pillow cannot write is made here: 16-bit and interlaced PNG by hand, YCCK
JPEG through libturbojpeg.

usage: make_images.py   (Pillow 9.4, libturbojpeg 2.1; libwebp 1.2)
"""
import ctypes
import io
import os
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw, ImageOps

W, H = 45, 34
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images")


def drawing():
    """A picture without symmetry: slopes of colour, a disc and a bar."""
    x, y = np.meshgrid(np.arange(W), np.arange(H))
    rgb = np.stack([40 + 4 * x, 220 - 5 * y, 60 + 2 * x + 3 * y], axis=2)
    img = Image.fromarray(rgb.clip(0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(img)
    pen.ellipse((4, 3, 18, 17), fill=(230, 40, 30))
    pen.rectangle((26, 20, 42, 26), fill=(20, 60, 200))
    return img


def see_through(img):
    """The drawing with an alpha that falls from left to right, 0 at the end."""
    alpha = np.tile(np.linspace(255, 0, W).round().astype(np.uint8), (H, 1))
    out = img.convert("RGBA")
    out.putalpha(Image.fromarray(alpha))
    return out


def jpeg(img, **options):
    out = io.BytesIO()
    img.save(out, "JPEG", quality=92, **options)
    return out.getvalue()


def ycck(cmyk):
    """CMYK as YCCK with Adobe's inverted ink."""
    tj = ctypes.CDLL("libturbojpeg.so.0")
    tj.tjInitCompress.restype = ctypes.c_void_p
    handle = ctypes.c_void_p(tj.tjInitCompress())
    ink = np.ascontiguousarray(255 - np.asarray(cmyk))
    out, size = ctypes.POINTER(ctypes.c_ubyte)(), ctypes.c_ulong()
    tjpf_cmyk, tjsamp_420 = 11, 2
    code = tj.tjCompress2(handle, ink.ctypes.data_as(ctypes.c_void_p), W, 0, H, tjpf_cmyk,
                          ctypes.byref(out), ctypes.byref(size), tjsamp_420, 92, 0)
    assert code == 0
    return ctypes.string_at(out, size.value)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(rgb, bits, interlaced):
    """A PNG of rows×columns×3 numbers of 8 or 16 bits."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    raw = b""
    for x, y, dx, dy in passes if interlaced else [(0, 0, 1, 1)]:
        for row in rgb[y::dy, x::dx]:
            raw += b"\0" + row.astype(">u2" if bits == 16 else np.uint8).tobytes()
    header = struct.pack(">IIBBBBB", rgb.shape[1], rgb.shape[0], bits, 2, 0, 0, int(interlaced))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(raw, 9)) + chunk(b"IEND", b"")


def saved(img, kind, **options):
    out = io.BytesIO()
    img.save(out, kind, **options)
    return out.getvalue()


def turned(o):
    exif = Image.Exif()
    exif[0x0112] = o
    return exif.tobytes()


def files():
    img = drawing()
    clear = see_through(img)
    for name, sampling in (("444", 0), ("422", 1), ("420", 2)):
        yield f"ycc{name}.jpg", jpeg(img, subsampling=sampling)
    yield "progressive.jpg", jpeg(img, progressive=True)
    yield "grey.jpg", jpeg(img.convert("L"))
    yield "cmyk.jpg", jpeg(img.convert("CMYK"))
    yield "ycck.jpg", ycck(img.convert("CMYK"))
    for o in range(1, 9):
        yield f"turned{o}.jpg", jpeg(img, exif=turned(o))
    yield "turned6.png", saved(img, "PNG", exif=turned(6))
    yield "turned8.webp", saved(img, "WebP", lossless=True, exif=turned(8))
    yield "alpha.png", saved(clear, "PNG")
    yield "greyalpha.png", saved(clear.convert("LA"), "PNG")
    yield "palette.png", saved(clear.quantize(32), "PNG")
    wide = np.asarray(img).astype(np.uint16) * 256 + np.arange(W)[None, :, None]
    yield "deep.png", png(wide, 16, False)
    yield "interlaced.png", png(np.asarray(img), 8, True)
    yield "lossy.webp", saved(img, "WebP", quality=90)
    yield "lossless.webp", saved(img, "WebP", lossless=True)
    yield "alpha.webp", saved(clear, "WebP", quality=90)
    yield "palette.gif", saved(img.quantize(32), "GIF")
    yield "plain.bmp", saved(img, "BMP")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for name, content in files():
        path = os.path.join(FOLDER, name)
        with open(path, "wb") as f:
            f.write(content)
        img = ImageOps.exif_transpose(Image.open(path))
        if img.mode == "CMYK":
            img = img.convert("RGB")
        black = Image.new("RGBA", img.size, (0, 0, 0, 255))
        Image.alpha_composite(black, img.convert("RGBA")).convert("RGB").save(path + ".rgb.png")


main()
