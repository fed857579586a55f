"""Assays that end as pictures: blots, gels, spot arrays, plates."""

import jax
import jax.numpy as jnp

from imgforensics.painters.primitives import (
    COLUMNS,
    ROWS,
    SIDE,
    TURN,
    blob,
    chosen,
    expose,
    flat,
    noise,
    randomness,
    ridge,
    rise,
    spread,
    stamp,
    uniform,
    vary,
)


def _lanes(u, width):
    """Lane index int32 [256, 256] and offset from the lane's middle in units of its width."""
    place = COLUMNS / width + u[0]
    lane = jnp.floor(place)
    return lane.astype(jnp.int32), place - lane - 0.5


def western_blot(key: jax.Array) -> jax.Array:
    """Chemiluminescent bands in a few cropped strips: dark, smiling, unequal from lane to lane."""
    u, w = randomness(key, 5, 5)
    v = vary(
        u[0],
        lane=(20, 44),
        strip=(36, 90),
        smile=(-5, 5),
        paper=(0.75, 0.95),
        thick=(2.5, 6.5),
        wide=(0.3, 0.44),
        smear=(0.02, 0.12),
        start=(0, 1),
        blank=(0.05, 0.3),
    )
    lane, across = _lanes(u[1], v.lane)
    place = ROWS / v.strip + v.start
    strip = jnp.floor(place).astype(jnp.int32)
    down = (place - strip - 0.5) * v.strip
    n = vary(u[2], 16 * 16, load=(0, 1), shift=(-2.5, 2.5), thick=(0.6, 1.4), there=(0, 1))
    m = vary(
        u[3],
        16,
        smile=(0.3, 1),
        trend=(-0.5, 0.5),
        double=(-1, 1),
        tone=(0, 0.12),
        offset=(-0.15, 0.15),
    )
    which = strip * 16 + lane
    trend = jnp.clip(0.6 + m.trend[strip] * (COLUMNS / SIDE - 0.5) * 2, 0.05, 1)
    load = trend * (0.35 + 0.65 * n.load[which]) * (n.there[which] > v.blank)
    down = down - m.offset[strip] * v.strip
    middle = n.shift[which] + v.smile * m.smile[strip] * (across**2 * 4 - 0.3)
    across = across + 0.03 * noise(w[0], 8.0)
    side = rise(v.wide - jnp.abs(across), 0.14)
    thick = v.thick * n.thick[which] * (0.6 + 0.6 * load)
    band = jnp.exp(-(jnp.abs((down - middle) / thick) ** 2.6)) * side
    second = jnp.exp(-(((down - middle - 3.2 * v.thick) / (0.7 * thick)) ** 2)) * side
    signal = load * (band + 0.6 * second * (m.double[strip] > 0.3))
    streak = jnp.exp(-jnp.maximum(down - middle, 0) / 25) * (down > middle) * side * load
    image = v.paper - m.tone[strip] - 1.1 * (1 - jnp.exp(-2.2 * signal)) - v.smear * streak
    image = image + 0.025 * noise(w[1], 4.0, 0.8) + 0.03 * noise(w[2], 40.0, 3.0)
    specks = rise(noise(w[3], 1.3, 3.0) - 3.2, 0.4)
    edge = jnp.minimum(place - strip, 1 - (place - strip)) * v.strip
    image = jnp.where(edge < 2, 1.0, jnp.clip(image - 0.5 * specks, 0.02, 0.97))
    return expose(u[4], w[4], image, (0.6, 1.5), (0.01, 0.04))


def gel(key: jax.Array) -> jax.Array:
    """DNA in agarose: bright bands down straight lanes below the wells, one of them a ladder."""
    u, w = randomness(key, 5, 4)
    v = vary(
        u[0],
        lane=(20, 40),
        well=(-30, 40),
        thick=(1.6, 3.4),
        wide=(0.32, 0.42),
        base=(0.05, 0.3),
        gain=(0.5, 0.9),
        smear=(0.05, 0.35),
        smile=(-8, 8),
        invert=(0, 1),
        shared=(0, 1),
    )
    lane, across = _lanes(u[1], v.lane)
    bands = 10
    n = vary(u[2], 16 * bands, place=(0, 1), light=(0.0, 1), thick=(0.7, 1.5))
    place = n.place.reshape(16, bands)
    # In many gels the lanes carry the same products in different amounts.
    place = jnp.where((v.shared > 0.4) & (jnp.arange(16)[:, None] > 0), place[1], place)
    ladder = jnp.linspace(0.1, 0.95, bands) ** 0.8
    m = vary(u[3], 16, ladder=(0, 1), load=(0.3, 1), smear=(0, 1), number=(2, 8))
    is_ladder = m.ladder[:, None] < 0.18
    place = jnp.where(is_ladder, ladder, place)
    light = n.light.reshape(16, bands) * (jnp.arange(bands) < m.number[:, None])
    light = jnp.where(is_ladder, 0.55, light) * m.load[:, None]
    down = ROWS - v.well - v.smile * ((COLUMNS / SIDE - 0.5) ** 2 * 4) - 3 * across**2
    length = SIDE * 0.95
    side = rise(v.wide - jnp.abs(across), 0.1)
    image = jnp.zeros((SIDE, SIDE))
    for band in range(bands):
        middle = 14 + place[lane, band] * length
        thick = v.thick * n.thick.reshape(16, bands)[lane, band] * (1 + 0.5 * place[lane, band])
        image = image + light[lane, band] * jnp.exp(-0.5 * ((down - middle) / thick) ** 2)
    trail = m.smear[lane] * v.smear * jnp.exp(-jnp.abs(down - 90) / 70) * (down > 6)
    well = 0.35 * ridge(down, 1.5) - 0.25 * ridge(down + 4, 2.5)
    image = (1 - jnp.exp(-1.6 * (image + trail))) * side + well * side
    image = v.base + v.gain * image + 0.015 * noise(w[0], 30.0, 2.0)
    image = image + 0.02 * noise(w[1], 3.0, 0.8) + 0.4 * rise(noise(w[2], 1.2, 3.0) - 3.4, 0.3)
    image = jnp.where(v.invert < 0.3, 0.95 - image, image)
    return expose(u[4], w[3], image, (0.7, 1.4), (0.02, 0.06))


def microarray(key: jax.Array) -> jax.Array:
    """A spotted array: a regular grid of discs from dim to saturated, some of them rings."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        pitch=(11, 22),
        fill=(0.28, 0.44),
        angle=(-0.08, 0.08),
        base=(0.03, 0.12),
        gain=(0.7, 1.3),
        donut=(0, 0.8),
        jitter=(0.0, 0.06),
        power=(1, 4),
        y=(0, 22),
        x=(0, 22),
    )
    side = 26
    cos, sin = jnp.cos(v.angle), jnp.sin(v.angle)
    grid = jnp.arange(side) - 1.0
    rows, columns = jnp.meshgrid(grid * v.pitch, grid * v.pitch, indexing="ij")
    points = jnp.stack([cos * rows - sin * columns + v.y, cos * columns + sin * rows + v.x], -1)
    points = points.reshape(-1, 2) + v.jitter * v.pitch * uniform(u[1], (side**2, 2), -1.7, 1.7)
    n = vary(u[2], side**2, light=(0, 1), size=(0.8, 1.15), donut=(0, 1), phase=(0, TURN))
    things = {
        "radius": v.pitch * v.fill * n.size,
        "light": 0.04 + n.light**v.power,
        "donut": v.donut * n.donut,
        "phase": n.phase,
    }

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, 1.05, t.phase, 0.06, t.phase)
        hollow = 1 - t.donut * rise(inside - 0.5 * t.radius, t.radius * 0.5)
        return window + t.light * hollow * rise(inside, 1.5)

    spots = stamp(flat(), points, things, draw, 14)
    spots = spots * jnp.clip(1 + 0.15 * noise(w[0], 1.5, 1.0), 0, 2)
    dust = rise(noise(w[1], 1.2, 2.5, 2.0, v.angle * 20) - 3.4, 0.4)
    image = v.base + v.gain * (spots + 0.5 * dust) + 0.015 * noise(w[2], 20.0, 1.0)
    return expose(u[3], w[3], image, (0.5, 1.0), (0.02, 0.08))


def colonies(key: jax.Array) -> jax.Array:
    """Colonies on agar: glossy discs of many sizes, with the rim of the plate in view."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        radius=(4, 13),
        density=(0.2, 1),
        turn=(0, TURN),
        away=(60, 140),
        agar=(0.3, 0.6),
        colony=(0.15, 0.35),
        light=(0, TURN),
        polarity=(0, 1),
        plate=(170, 260),
        gloss=(0.1, 0.4),
    )
    centre = SIDE / 2 + v.away * jnp.stack([jnp.sin(v.turn), jnp.cos(v.turn)])
    from_centre = jnp.sqrt((ROWS - centre[0]) ** 2 + (COLUMNS - centre[1]) ** 2)
    inside_plate = v.plate - from_centre
    points = spread(u[1], 300, v.radius * 2.0)
    n = vary(u[2], 300, size=(0.25, 1.3), there=(0, 1), phase=(0, TURN), tone=(0.6, 1.1))
    distance = jnp.sqrt(jnp.sum((points - centre) ** 2, -1))
    there = chosen(n.there, v.density) & (distance < v.plate - 16)
    things = {"radius": v.radius * n.size, "phase": n.phase, "tone": n.tone}

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, 1.0, 0.0, 0.03, t.phase)
        dome = jnp.clip(inside / jnp.maximum(t.radius, 1), 0, 1)
        glint_y = y - 0.35 * t.radius * jnp.sin(v.light)
        glint_x = x - 0.35 * t.radius * jnp.cos(v.light)
        glint = jnp.exp(-(glint_y**2 + glint_x**2) / (0.08 * t.radius**2 + 0.5))
        sign = jnp.where(v.polarity > 0.35, 1.0, -1.0)
        tone = v.agar + sign * v.colony * t.tone * (0.75 + 0.4 * jnp.sqrt(dome)) + v.gloss * glint
        shadow = blob(y + 2 * jnp.sin(v.light), x + 2 * jnp.cos(v.light), t.radius)
        window = window - 0.08 * rise(shadow, 2.0)
        cover = rise(inside, 1.6)
        return window * (1 - cover) + tone * cover

    agar = v.agar + 0.03 * noise(w[0], 40.0, 2.0) + 0.02 * noise(w[1], 2.0, 0.9)
    image = stamp(agar, points, things, draw, 24, there)
    rim = 0.35 * ridge(inside_plate, 1.5) - 0.2 * ridge(inside_plate - 6, 2.5)
    rim = rim + 0.25 * ridge(inside_plate - 11, 1.2)
    rim = rim + 0.12 * jnp.exp(-jnp.abs(inside_plate - 16) / 6)
    bench = 0.08 + 0.04 * noise(w[2], 10.0, 1.0)
    image = jnp.where(inside_plate > -2, image + rim, bench)
    return expose(u[3], w[3], image, (0.6, 1.3), (0.01, 0.05), 0.3)
