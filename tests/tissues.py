"""Pictures with enough detail to be told apart, and documents of them."""

import cv2
import numpy as np
from PIL import Image


def tissue(seed, height=200, width=200):
    """uint8 [height, width]: cells with nuclei on a mottled ground, no two of them alike."""
    rng = np.random.default_rng(seed)
    levels = np.zeros((height, width), np.float32)
    for scale in (2, 5, 12, 30):
        noise = cv2.GaussianBlur(rng.normal(size=levels.shape).astype(np.float32), (0, 0), scale)
        levels += noise / noise.std() * scale**0.3
    for _ in range(height * width // 1200):
        centre = int(rng.integers(width)), int(rng.integers(height))
        axes = int(rng.integers(4, 12)), int(rng.integers(3, 8))
        level = float(rng.uniform(-5, 5))
        cv2.ellipse(
            levels, centre, axes, float(rng.uniform(0, 180)), 0, 360, level, -1, cv2.LINE_AA
        )
    levels = cv2.GaussianBlur(levels, (0, 0), 0.8)
    low, high = np.percentile(levels, [1, 99])
    return np.uint8(np.clip(255 * (levels - low) / (high - low), 0, 255))


def save(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return path


def copy_of(image):
    """A part of an image, mirrored, turned, darker and compressed."""
    turn = cv2.getRotationMatrix2D((image.shape[1] / 2, image.shape[0] / 2), 20, 1.2)
    seen = cv2.warpAffine(image[:, ::-1].copy(), turn, image.shape[::-1], flags=cv2.INTER_CUBIC)
    part = seen[30:-30, 30:-30]
    dark = np.uint8(255 * (part / 255.0) ** 1.3)
    return cv2.imdecode(cv2.imencode(".jpg", dark, [cv2.IMWRITE_JPEG_QUALITY, 80])[1], 0)
