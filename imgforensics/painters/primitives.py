"""What all drawings share: random parameters, noise, points, stamps, curves, tilings, light.

Every function is pure and draws one image; lengths are in pixels, images float32 [256, 256].
Two decisions keep the drawing quick on a CPU: things that occur many times are drawn in a small
window each (`stamp`), and thin curves are deposited point by point and blurred (`deposit`).
"""

import math
import types
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

SIDE = 256  # pixels of a picture either way, as `data.micrographs` takes them
TURN = 2 * math.pi
_LINE = np.arange(SIDE, dtype=np.float32)
ROWS, COLUMNS = np.meshgrid(_LINE, _LINE, indexing="ij")
_FREQUENCY_Y = np.fft.fftfreq(SIDE).astype(np.float32)[:, None]
_FREQUENCY_X = np.fft.rfftfreq(SIDE).astype(np.float32)[None, :]


def randomness(key: jax.Array, rows: int, fields: int) -> tuple[jax.Array, jax.Array]:
    """All random numbers of one image, in one draw.

    A draw of its own for every use would add a generator each to the program, and these would take
    longer to compile than all else. The draw is flat because the generator compiles ten times
    faster for one axis than for four.

    Returns:
        u: float32 [rows, 4096], uniform in [0, 1); a function that needs numbers takes a row and
            uses the first of it.
        w: float32 [fields, 2, 256, 129], uniform of mean 0 and variance 1; a function that
            needs noise takes a field, as the real and imaginary parts of a white spectrum.
    """
    shape = (fields, 2, SIDE, SIDE // 2 + 1)
    numbers = jax.random.uniform(key, (rows * 4096 + math.prod(shape),))
    u, w = numbers[: rows * 4096], numbers[rows * 4096 :]
    return u.reshape(rows, 4096), (w.reshape(shape) - 0.5) * math.sqrt(12)


def uniform(u, shape: tuple[int, ...], low=0.0, high=1.0) -> jax.Array:
    """Numbers in [low, high) from a row of `randomness`."""
    count = math.prod(shape)
    if count > u.size:
        raise ValueError(f"{shape} needs {count} random numbers, the row has {u.size}")
    return low + (high - low) * u[:count].reshape(shape)


def vary(u, count: int | None = None, **ranges: tuple) -> types.SimpleNamespace:
    """One number (or `count` numbers) from each named range (low, high), of a row of numbers."""
    shape = (len(ranges),) if count is None else (len(ranges), count)
    pairs = zip(ranges.items(), uniform(u, shape))
    return types.SimpleNamespace(**{n: low + (high - low) * x for (n, (low, high)), x in pairs})


# Noise


def _field(w: jax.Array, amplitude) -> jax.Array:
    spectrum = jax.lax.complex(w[0] * amplitude, w[1] * amplitude)
    field = jnp.fft.irfft2(spectrum, (SIDE, SIDE))
    field = field - field.mean()
    return field / jnp.sqrt(jnp.mean(field**2) + 1e-20)


def noise(w, scale, decay=2.0, stretch=1.0, angle=0.0) -> jax.Array:
    """Gaussian field of mean 0 and variance 1 with correlation length `scale`.

    Args:
        w: float32 [2, 256, 129], white spectrum.
        scale: correlation length across the grain; 0 gives white noise.
        decay: of the spectrum (1 + (2 pi f scale)^2)^-decay; 0.75 is rough, 1 a cloud, 4 smooth.
        stretch: correlation length along the grain, in units of `scale`.
        angle: direction of the grain in radians, from the columns' axis towards the rows'.
    """
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    along = cos * _FREQUENCY_X + sin * _FREQUENCY_Y
    across = cos * _FREQUENCY_Y - sin * _FREQUENCY_X
    squared = (2 * math.pi * scale) ** 2 * ((along * stretch) ** 2 + across**2)
    return _field(w, jnp.exp(-decay * jnp.log1p(squared)))


def ripples(w, wavelength, bandwidth=0.2, stretch=1.0, angle=0.0) -> jax.Array:
    """Gaussian field of mean 0 and variance 1 with one wavelength, of a relative bandwidth."""
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    along = cos * _FREQUENCY_X + sin * _FREQUENCY_Y
    across = cos * _FREQUENCY_Y - sin * _FREQUENCY_X
    waves = wavelength * jnp.sqrt((along * stretch) ** 2 + across**2)
    return _field(w, jnp.exp(-0.5 * ((waves - 1) / bandwidth) ** 2))


# Steps, waves, blur, warp


def flat(value=0.0) -> jax.Array:
    """An image of one value."""
    return jnp.full((SIDE, SIDE), value, jnp.float32)


def rise(value, width=1.0) -> jax.Array:
    """0 to 1 where `value` passes 0, over about `width`: coverage from a signed distance."""
    return jax.nn.sigmoid(value * (4 / width))


def ridge(value, width) -> jax.Array:
    """1 where `value` is 0, falling off over `width` to both sides."""
    return jnp.exp(-0.5 * (value / width) ** 2)


def wave(turns) -> jax.Array:
    """Cosine of a number of turns, to 0.2 %; XLA's own is not vectorised on the CPU."""
    turns = jnp.abs(turns - jnp.round(turns))
    near = jnp.minimum(turns, 0.5 - turns)
    quarter = (1 - 16 * near**2) / (1 + 4 * near**2)  # Bhaskara's formula, for up to a quarter
    return jnp.where(turns < 0.25, quarter, -quarter)


def blur(image, sigma) -> jax.Array:
    """Gaussian blur; two products with a banded matrix, normalised at the border."""
    kernel = jnp.exp(-0.5 * ((_LINE[:, None] - _LINE[None, :]) / sigma) ** 2)
    kernel = kernel / kernel.sum(1, keepdims=True)
    return kernel @ image @ kernel.T


def warp(image, shift_y, shift_x) -> jax.Array:
    """Reads `image` at shifted places, bilinearly; beyond the border it is mirrored."""
    places = [ROWS + shift_y, COLUMNS + shift_x]
    return jax.scipy.ndimage.map_coordinates(image, places, order=1, mode="mirror")


def turned(angle, y=ROWS - SIDE / 2, x=COLUMNS - SIDE / 2) -> tuple[jax.Array, jax.Array]:
    """Coordinates (across, along) of a frame turned by `angle`, by default about the centre."""
    cos, sin = jnp.cos(angle), jnp.sin(angle)
    return cos * y - sin * x, cos * x + sin * y


# Points and stamps


def spread(u, count: int, distance, margin=16.0, fill=1.0) -> jax.Array:
    """Random points, pushed apart towards a mutual distance.

    Args:
        u: row of random numbers.
        count: of points at most.
        distance: wanted between neighbours.
        margin: the points may lie this far outside of the image.
        fill: how many points; 1 fills the plane. Points too many are put far away.

    Returns:
        float32 [count, 2], (y, x) in random order, but for the first: it begins near the centre,
        so that the centre of the image is not left empty.
    """
    wide = SIDE + 2 * margin
    yx = uniform(u, (2, count), -margin, SIDE + margin)
    y, x = yx.at[:, 0].set(SIDE / 2 + 0.3 * (yx[:, 0] - SIDE / 2))
    surplus = np.arange(count) >= fill * (wide / distance) ** 2
    y = jnp.where(surplus, 1e4 * np.arange(1, count + 1), y)

    def push(_, yx):
        y, x = yx
        dy, dx = y[:, None] - y, x[:, None] - x
        length = jnp.sqrt(dy**2 + dx**2 + 1e-3)
        force = 0.35 * jnp.maximum(distance / length - 1, 0)
        return y + jnp.sum(dy * force, 1), x + jnp.sum(dx * force, 1)

    y, x = jax.lax.fori_loop(0, 16, push, (y, x))
    return jnp.stack([y, x], -1)


def chosen(numbers, density) -> jax.Array:
    """bool [n]: a part `density` of all things, by their random numbers, and always the first."""
    return (numbers < density) | (np.arange(len(numbers)) == 0)


def stamp(canvas, points, instances: dict, draw: Callable, reach: int, there=True):
    """Draws things one after another, each in a window around its point.

    Args:
        canvas: pytree of float32 [256, 256].
        points: float32 [n, 2], centres (y, x); may lie outside of the canvas.
        instances: arrays [n, ...] that describe the things.
        draw: (window, y, x, instance) -> window, where window is the canvas in the window, y and x
            are offsets from the centre, and instance holds the thing's row of `instances`.
        reach: half the window's side.
        there: bool [n], False for things to leave out; these cost no time.
    """
    size, pad = 2 * reach, 2 * reach
    canvas = jax.tree.map(lambda a: jnp.pad(a, pad), canvas)
    steps = np.arange(size, dtype=np.float32)
    there = there & jnp.all((points > -reach) & (points < SIDE + reach), -1)
    order = jnp.argsort(~there)  # stable: those that are there first, in their order

    def place(i, canvas):
        point, instance = jax.tree.map(lambda a: a[order[i]], (points, instances))
        corner = jnp.round(point) - reach
        start = corner.astype(jnp.int32) + pad
        window = jax.tree.map(lambda a: jax.lax.dynamic_slice(a, start, (size, size)), canvas)
        y = (steps + corner[0] - point[0])[:, None]
        x = (steps + corner[1] - point[1])[None, :]
        window = draw(window, y, x, types.SimpleNamespace(**instance))
        return jax.tree.map(lambda a, w: jax.lax.dynamic_update_slice(a, w, start), canvas, window)

    canvas = jax.lax.fori_loop(0, there.sum(), place, canvas)
    return jax.tree.map(lambda a: a[pad:-pad, pad:-pad], canvas)


def blob(y, x, radius, aspect=1.0, angle=0.0, lobes=0.0, phase=0.0) -> jax.Array:
    """Signed distance, positive inside, to about an ellipse with a dented outline.

    Args:
        y, x: offsets from the centre.
        radius: mean radius.
        aspect: length over width.
        angle: direction of the long axis in radians.
        lobes: depth of the dents, in units of the radius.
        phase: where the dents are, in radians.
    """
    across, along = turned(angle, y, x)
    root = jnp.sqrt(aspect)
    across, along = across * root, along / root
    distance = jnp.sqrt(across**2 + along**2 + 1e-6)
    sin, cos = across / distance, along / distance
    three = (3 * sin - 4 * sin**3) * jnp.cos(phase) + (4 * cos**3 - 3 * cos) * jnp.sin(phase)
    five = 16 * sin**5 - 20 * sin**3 + 5 * sin
    outline = 1 + lobes * (0.6 * three + 0.4 * five)
    return (radius * outline - distance) / root


def at(field, points) -> jax.Array:
    """Values [...] of a field [256, 256] at the pixels next to points [..., 2]."""
    pixels = jnp.clip(jnp.round(points), 0, SIDE - 1).astype(jnp.int32)
    return field[pixels[..., 0], pixels[..., 1]]


# Curves


def summed(steps) -> jax.Array:
    """Cumulative sum along the last axis, as a product: `jnp.cumsum` takes seconds to compile."""
    return steps @ np.triu(np.ones((steps.shape[-1],) * 2, np.float32))


def wander(w, starts, headings, steps: int, stride, bend) -> jax.Array:
    """Paths [..., steps, 2] from starts [..., 2] whose heading does a smooth random walk.

    Args:
        w: field of random numbers.
        starts: float32 [..., 2].
        headings: float32 [...], radians.
        steps: points of each path.
        stride: distance of the points.
        bend: standard deviation of the change of heading in each step, in radians.
    """
    turns = w.reshape(-1)[: headings.size * steps].reshape(*headings.shape, steps)
    # Averaging makes turns last, so that paths curve and do not tremble.
    turns = bend * (turns + jnp.roll(turns, 1, -1) + jnp.roll(turns, 2, -1))
    heading = headings[..., None] + summed(turns)
    offsets = [summed(stride * jnp.sin(heading)), summed(stride * jnp.cos(heading))]
    return starts[..., None, :] + jnp.stack(offsets, -1)


def branch(u, paths, count: int, spread_angle) -> tuple[jax.Array, jax.Array]:
    """Starts [..., count, 2] and headings [..., count] of branches off paths [..., steps, 2]."""
    shape = (*paths.shape[:-2], count)
    where, side = uniform(u, (2, *shape))
    where = ((0.15 + 0.8 * where) * (paths.shape[-2] - 1)).astype(jnp.int32)
    side = jnp.where(np.arange(count) % 2, 0.6, -0.6) * (1 + 1.3 * side)
    starts = jnp.take_along_axis(paths, where[..., None], -2)
    step = jnp.take_along_axis(paths, where[..., None] + 1, -2) - starts
    return starts, jnp.arctan2(step[..., 0], step[..., 1]) + spread_angle * side


def deposit(points, weights) -> jax.Array:
    """Sums weights [n] at points [n, 2] over each point's four pixels, bilinearly."""
    y, x = points[:, 0], points[:, 1]
    top, left = jnp.floor(y), jnp.floor(x)
    rows = jnp.stack([top, top, top + 1, top + 1]).astype(jnp.int32)
    columns = jnp.stack([left, left + 1, left, left + 1]).astype(jnp.int32)
    shares = weights * (1 - jnp.abs(y - rows)) * (1 - jnp.abs(x - columns))
    inside = (rows >= 0) & (columns >= 0)  # negative indices would wrap
    canvas = jnp.zeros((SIDE, SIDE))
    return canvas.at[rows, columns].add(jnp.where(inside, shares, 0), mode="drop")


# Tilings


def voronoi(points, reach: int, inflate=None) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Cells of the nearest point.

    Args:
        points: float32 [n, 2].
        reach: pixels farther than this from all points belong to no cell.
        inflate: float32 [n], added to a cell's reach, for cells of unequal size.

    Returns:
        nearest: distance to the nearest point (less its inflation).
        border: half the difference to the second nearest: distance to the border of the cell.
        cell: int32 [256, 256], index of the nearest point.
    """
    count = len(points)
    inflate = jnp.zeros(count) if inflate is None else inflate
    far = jnp.full((SIDE, SIDE), float(reach))

    def draw(window, y, x, thing):
        first, second, cell = window
        distance = jnp.sqrt(y**2 + x**2) - thing.inflate
        nearer = distance < first
        return (
            jnp.where(nearer, distance, first),
            jnp.where(nearer, first, jnp.minimum(second, distance)),
            jnp.where(nearer, thing.index, cell),
        )

    instances = {"index": jnp.arange(count), "inflate": inflate}
    canvas = (far, far, jnp.zeros((SIDE, SIDE), jnp.int32))
    first, second, cell = stamp(canvas, points, instances, draw, reach)
    return first, (second - first) / 2, cell


# Light


def relief(height, azimuth, strength) -> jax.Array:
    """Lambert shading in [0, 1] of a height map that is lit from `azimuth` (radians)."""
    slope_y, slope_x = jnp.gradient(height * strength)
    facing = 1 - jnp.sin(azimuth) * slope_y - jnp.cos(azimuth) * slope_x
    return jnp.clip(facing / jnp.sqrt(1 + slope_y**2 + slope_x**2) / math.sqrt(2), 0, 1)


def expose(u, w, image, blur_range=(0.4, 1.0), grain=(0.01, 0.04), uneven=0.15) -> jax.Array:
    """What a microscope and its camera do: focus, uneven light, shot noise, clipping to [0, 1].

    Args:
        u: row of random numbers.
        w: white spectrum.
        image: ideal image.
        blur_range: standard deviation of the blur, drawn from this range.
        grain: noise of a white pixel, drawn from this range; it falls with the root of the light.
        uneven: the light differs by up to this part from the centre to the border.
    """
    v = vary(
        u,
        sigma=blur_range,
        grain=grain,
        slope=(-uneven, uneven),
        vignette=(0.0, uneven),
        angle=(0.0, 2 * math.pi),
    )
    across, along = turned(v.angle)
    half = SIDE / 2
    light = 1 + v.slope * along / half - v.vignette * (across**2 + along**2) / (2 * half**2)
    image = jnp.clip(blur(image, v.sigma) * light, 0, 1)
    shot = noise(w, 0.0) * v.grain
    return jnp.clip(image + shot * jnp.sqrt(image + 0.05), 0, 1)
