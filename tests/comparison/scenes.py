"""Pictures that come with scikit-image, drawn ones, and what people do to copies of them."""

import functools
import io
import pathlib

import cv2
import numpy as np
import skimage
from PIL import Image, ImageDraw, ImageFont

from imgforensics.images.read import read_gray

SIDE = 128


@functools.cache
def picture(name):
    """uint8 [height, width], grey levels of a picture that comes with scikit-image."""
    return read_gray(pathlib.Path(skimage.__file__).parent / "data" / name)


def crop(image, at, height=SIDE, width=SIDE):
    """The rectangle whose first pixel is at (x, y)."""
    return image[at[1] : at[1] + height, at[0] : at[0] + width].copy()


def view(image, at, side=SIDE, degrees=0, scale=1.0, mirrored=False, tilt=0.0):
    """A square around the same place as `crop`, seen otherwise.

    Args:
        image: that it is of; what lies around the crop comes into view.
        at: x and y of the crop's first pixel.
        side: of the crop and of the view, in pixels.
        degrees: by which it is turned counter-clockwise.
        scale: by which it is enlarged.
        mirrored: left to right, after that.
        tilt: of a perspective, per side.

    Returns:
        The view, and the matrix that takes its pixels to those of the crop.
    """
    middle = (side - 1) / 2
    turn = np.vstack([cv2.getRotationMatrix2D((middle, middle), degrees, scale), [0, 0, 1]])
    tilted = np.array([[1, 0, 0], [0, 1, 0], [tilt / side, 0, 1 - tilt * middle / side]])
    mirror = np.array([[-1, 0, side - 1], [0, 1, 0], [0, 0, 1]]) if mirrored else np.eye(3)
    matrix = mirror @ tilted @ turn
    to_crop = np.array([[1, 0, -at[0]], [0, 1, -at[1]], [0, 0, 1]], float)
    seen = cv2.warpPerspective(image, matrix @ to_crop, (side, side), flags=cv2.INTER_CUBIC)
    return seen, np.linalg.inv(matrix)


def gamma(image, exponent):
    return np.uint8(255 * (image / 255) ** exponent)


def noisy(image, spread, seed=0):
    noise = np.random.default_rng(seed).normal(0, spread, image.shape)
    return np.uint8(np.clip(image + noise, 0, 255))


def jpeg(image, quality):
    file = io.BytesIO()
    Image.fromarray(image).save(file, format="JPEG", quality=quality)
    return np.asarray(Image.open(file))


def erased(image, left, top, width, height):
    image = image.copy()
    image[top : top + height, left : left + width] = int(image.mean())
    return image


def written(image, text, size=26):
    page = Image.fromarray(image)
    ImageDraw.Draw(page).text((8, 8), text, fill=255, font=ImageFont.load_default(size))
    return np.asarray(page)


def pasted(page, image, at):
    """A page with an image laid on it, whose first pixel comes to (x, y)."""
    page = page.copy()
    page[at[1] : at[1] + image.shape[0], at[0] : at[0] + image.shape[1]] = image
    return page


def on_a_page(shape, panels, places):
    """A white page with panels, whose first pixels come to these places."""
    page = np.full(shape, 255, np.uint8)
    for panel, at in zip(panels, places):
        page = pasted(page, panel, at)
    return page


def blobs(seed, side=SIDE, count=4):
    """Soft bright blots, on which hardly a feature holds."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side]
    levels = np.zeros((side, side))
    for _ in range(count):
        down, right = rng.uniform(0.2 * side, 0.8 * side, 2)
        spread, light = rng.uniform(10, 18), rng.uniform(0.4, 1)
        levels += light * np.exp(-((y - down) ** 2 + (x - right) ** 2) / 2 / spread**2)
    return np.uint8(30 + 200 * levels / levels.max())


def nuclei(seed, side, count, radii=(14, 22)):
    """Bright ellipses on dark ground, each much like any other, as in fluorescence."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side].astype(float)
    levels = np.zeros((side, side))
    for _ in range(count):
        down, right = rng.uniform(0, side, 2)
        first, second = rng.uniform(*radii, 2)
        turn = rng.uniform(0, np.pi)
        along = (x - right) * np.cos(turn) + (y - down) * np.sin(turn)
        across = (y - down) * np.cos(turn) - (x - right) * np.sin(turn)
        edge = 1 + np.exp(6 * (np.hypot(along / first, across / second) - 1))
        levels = np.maximum(levels, rng.uniform(0.5, 1) / edge)
    return noisy(15 + 200 * levels, 5, seed)
