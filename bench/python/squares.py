"""Images as networks that were trained on squares look at them."""
import numpy as np
from PIL import Image


def square(path, size):
    """Returns an image as large as possible in the middle of a black square: size×size×3,
    0…1."""
    with Image.open(path) as img:
        img = img.convert("RGB")
    scale = max(img.size) / size
    left, top = ((side - scale * size) / 2 for side in img.size)
    img = img.transform((size, size), Image.Transform.AFFINE, (scale, 0, left, 0, scale, top), Image.Resampling.BILINEAR)
    return np.asarray(img, np.float32) / 255
