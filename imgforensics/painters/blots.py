"""Blots of one layout and unlike details: what looks the same in blots of unlike samples.

Lanes and rows of bands lie where the experiment puts them, in blots that have nothing else in
common. Here the layout has a key of its own, so that any number of different blots share it.
"""

import jax
import jax.numpy as jnp

from imgforensics.painters.primitives import (
    COLUMNS,
    ROWS,
    SIDE,
    expose,
    noise,
    randomness,
    ridge,
    rise,
    vary,
)

_LANES, _ROWS = 16, 4  # at most


def blot(layout: jax.Array, details: jax.Array) -> jax.Array:
    """A blot, or a gel, as it is cropped for a figure: rows of bands, dark on a light ground.

    Args:
        layout: key of the lanes, the rows and how they are loaded, of the bands' usual shape and
            of how much the blots of this layout differ from each other.
        details: key of each band's load, shape and place, of smears, clouds, specks and noise.

    Returns:
        float32 [256, 256] in [0, 1].
    """
    u, _ = randomness(layout, 3, 1)
    v = vary(
        u[0],
        lane=(22, 60), left=(0, 1), rows=(1, 4.99), top=(64, 130), apart=(34, 70),
        thick=(2.5, 9), wide=(0.3, 0.47), smile=(-5, 5), tilt=(-0.06, 0.06), square=(2, 5),
        even=(0, 1), jitter=(0.3, 1), gain=(0.8, 3.5), ground=(0.7, 0.95),
    )  # fmt: skip
    usual = vary(u[1], _LANES * _ROWS, load=(0, 1), there=(0, 1))
    # A loading control is about the same in all lanes; other proteins come and go.
    load = jnp.where(jnp.arange(_LANES * _ROWS) % _ROWS == 0, 0.8, usual.load ** (2 * v.even))
    load = load * (usual.there > 0.12)

    u, w = randomness(details, 4, 6)
    d = vary(
        u[0],
        y=(-4, 4), x=(-4, 4), smile=(-2, 2), tilt=(-0.02, 0.02), gain=(0.7, 1.4), streak=(0, 0.25),
        cloud=(0.01, 0.07), grit=(0.005, 0.03), specks=(0, 0.6), halo=(0, 0.1), blur=(0.5, 1.6),
    )  # fmt: skip
    n = vary(
        u[1], _LANES * _ROWS,
        load=(0.55, 1.45), thick=(0.75, 1.3), wide=(0.85, 1.1), y=(-3, 3), x=(-0.06, 0.06),
        bend=(-4, 4), lean=(-3, 3), tail=(0, 1), hollow=(0, 0.35),
    )  # fmt: skip

    across_all = (COLUMNS - SIDE / 2) / (SIDE / 2)
    place = (COLUMNS - d.x) / v.lane + v.left
    lane = jnp.floor(place)
    down_all = ROWS - d.y - (v.smile + d.smile) * across_all**2
    down_all = down_all - (v.tilt + d.tilt) * (COLUMNS - SIDE / 2)
    down_all = down_all + 1.2 * v.jitter * noise(w[0], 12.0)
    signal, tails = jnp.zeros((SIDE, SIDE)), jnp.zeros((SIDE, SIDE))
    for row in range(_ROWS):
        which = lane.astype(jnp.int32) * _ROWS + row
        x = place - lane - 0.5 - v.jitter * n.x[which]
        middle = v.top + row * v.apart + v.jitter * n.y[which]
        middle = middle + v.jitter * (n.bend[which] * (4 * x**2 - 0.3) + n.lean[which] * x)
        y = down_all - middle
        amount = load[which] * jnp.maximum(1 + v.jitter * (n.load[which] - 1), 0.1)
        amount = amount * (row < jnp.floor(v.rows))
        thick = v.thick * n.thick[which] * (0.7 + 0.5 * amount)
        edge = v.wide * n.wide[which] - jnp.abs(x) + 0.03 * noise(w[1], 6.0)
        side = rise(edge, 0.16)
        shape = jnp.exp(-(jnp.abs(y / thick) ** v.square)) * side
        shape = shape * (1 - n.hollow[which] * ridge(x, 0.15))
        signal = signal + amount * shape
        trail = jnp.exp(-jnp.maximum(y, 0) / 22) * rise(y, 3.0) * side
        tails = tails + amount * trail * n.tail[which] * d.streak
    signal = signal * jnp.clip(1 + 0.12 * noise(w[2], 3.0), 0.3, 2)
    dark = 1 - jnp.exp(-v.gain * d.gain * signal)
    image = v.ground * (1 - 0.95 * dark) - tails - d.halo * jnp.clip(signal, 0, 1)
    image = image + d.cloud * noise(w[3], 28.0) + d.grit * noise(w[4], 1.8, 1.0)
    image = image - d.specks * rise(noise(w[5], 1.2, 3.0) - 3.3, 0.4)
    return expose(u[2], w[2], jnp.clip(image, 0.01, 0.99), (0.4, 1.3), (0.005, 0.03))
