"""Tissues: tilings of cells, glands in stroma, and sections in the electron microscope."""

import math

import jax
import jax.numpy as jnp

from imgforensics.painters.primitives import (
    SIDE,
    TURN,
    at,
    blob,
    chosen,
    expose,
    noise,
    randomness,
    ridge,
    ripples,
    rise,
    spread,
    stamp,
    turned,
    uniform,
    vary,
    voronoi,
    warp,
    wave,
)


def adipocytes(key: jax.Array) -> jax.Array:
    """Fat tissue: large empty cells with thin stained walls, small nuclei squeezed between."""
    u, w = randomness(key, 5, 6)
    v = vary(
        u[0],
        size=(34, 80),
        wall=(0.8, 2.2),
        paper=(0.85, 0.97),
        dark=(0.35, 0.7),
        bulge=(0, 12),
        curve=(2, 7),
        stroma=(0.4, 2.6),
    )
    points = spread(u[1], 100, v.size, 40.0)
    n = vary(u[2], 100, inflate=(0, 1))
    _, border, _ = voronoi(points, 100, n.inflate * v.bulge)
    dy, dx = v.curve * noise(w[0], 26.0, 3.0), v.curve * noise(w[1], 26.0, 3.0)
    border = warp(border, dy, dx)
    wide = v.wall * jnp.exp(0.45 * noise(w[2], 18.0, 2.0))
    # Where fields of stroma pass, walls widen into fibrous septa.
    septum = jnp.maximum(noise(w[3], 40.0, 3.0) - v.stroma, 0) * 14
    fibres = noise(w[4], 2.0, 1.5, 5.0, v.bulge)
    wall = rise(wide + septum - border, 1.4)
    image = v.paper - v.dark * wall * jnp.clip(0.75 + 0.25 * fibres, 0.2, 1.2)
    seeds = uniform(u[3], (160, 2), 0, SIDE)
    squeezed = at(border, seeds) < 2.5
    slope_y, slope_x = jnp.gradient(border)
    angle = jnp.arctan2(at(slope_y, seeds), at(slope_x, seeds)) + math.pi / 2

    def nucleus(window, y, x, t):
        inside = blob(y, x, 3.6, 2.2, t.angle)
        return jnp.minimum(window, 1 - 0.8 * (1.25 - v.paper + v.dark) * rise(inside, 1.8))

    image = stamp(image, seeds, {"angle": angle}, nucleus, 10, squeezed)
    return expose(u[4], w[5], image, (0.6, 1.6), (0.01, 0.04))


def stained_tissue(key: jax.Array) -> jax.Array:
    """Haematoxylin and eosin in grey: glands with dark nuclei around pale lumina, in stroma."""
    u, w = randomness(key, 4, 5)
    v = vary(
        u[0],
        gland=(9, 20),
        lumen=(0.7, 1.4),
        stroma=(-0.6, 0.3),
        nucleus=(3.2, 6.5),
        pink=(0.55, 0.72),
        dark=(0.35, 0.6),
        sparse=(0.05, 0.35),
        paper=(0.85, 0.95),
        angle=(0, math.pi),
        fibre=(0.05, 0.12),
    )
    form = noise(w[0], v.gland, 4.0)
    lumen = rise(form - v.lumen, 0.25)
    epithelium = rise(form - v.stroma, 0.15)
    fibres = noise(w[1], 2.2, 1.3, 6.0, v.angle)
    fibres = warp(fibres, 14 * form, 10 * form)
    ground = v.pink + v.fibre * fibres * (1 - epithelium) - 0.12 * epithelium
    ground = ground + 0.03 * noise(w[2], 3.0, 1.0) - 0.1 * ridge(form - v.stroma, 0.06)
    clefts = (1 - epithelium) * rise(fibres - 1.5, 0.6)
    image = ground + (v.paper - ground) * jnp.maximum(lumen, clefts)
    points = spread(u[1], 500, v.nucleus * 2.4, 8.0)
    n = vary(
        u[2],
        500,
        size=(0.75, 1.2),
        aspect=(1.1, 1.7),
        turn=(-0.3, 0.3),
        stain=(0.7, 1),
        there=(0, 1),
        phase=(0, TURN),
    )
    here = at(form, points)
    inner = (here > v.stroma) & (here < v.lumen - 0.1)
    slope_y, slope_x = jnp.gradient(form)
    outward = jnp.arctan2(at(slope_y, points), at(slope_x, points))
    there = jnp.where(inner, n.there < 0.9, (n.there < v.sparse) & (here < v.stroma))
    things = {
        "radius": v.nucleus * n.size,
        "aspect": jnp.where(inner, n.aspect, 2.6 * n.aspect),
        "angle": jnp.where(inner, outward, v.angle) + n.turn,
        "phase": n.phase,
        "stain": v.dark * n.stain,
    }

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.06, t.phase)
        shade = 0.8 + 0.35 * ridge(inside - 0.8, 1.0)
        return window * (1 - t.stain * shade * rise(inside, 1.6))

    image = stamp(image, points, things, draw, 18, there)
    image = image * (1 + 0.05 * noise(w[3], 1.3, 1.0))
    return expose(u[3], w[4], image, (0.5, 1.2), (0.01, 0.04))


def epithelium(key: jax.Array) -> jax.Array:
    """A sheet of cells under a membrane stain: a bright net of polygons, often stretched."""
    u, w = randomness(key, 4, 7)
    v = vary(
        u[0],
        size=(16, 34),
        width=(0.9, 2.0),
        gain=(0.5, 0.95),
        base=(0.03, 0.12),
        uneven=(0.1, 0.5),
        inside=(0.02, 0.15),
        curve=(1, 4),
        tilt=(0.3, 1.0),
        nuclei=(0, 1),
    )
    points = spread(u[1], 340, v.size, 20.0)
    n = vary(u[2], 340, inflate=(0, 1), light=(0.4, 1))
    nearest, border, cell = voronoi(points, 48, n.inflate * 0.25 * v.size)
    dy, dx = v.curve * noise(w[0], 12.0, 3.0), v.curve * noise(w[1], 12.0, 3.0)
    border, nearest = warp(border, dy, dx), warp(nearest, dy, dx)
    net = ridge(border, v.width) * jnp.clip(1 + v.uneven * noise(w[2], 7.0, 1.5), 0.15, 2)
    net = net * jnp.clip(1 + 0.3 * noise(w[3], 1.2, 1.0), 0.2, 2)
    filled = v.inside * n.light[cell] * (1 + 0.4 * noise(w[4], 2.0, 1.0))
    core = rise(v.size * 0.27 - nearest + 0.25 * v.size * n.inflate[cell], 3.0)
    filled = filled + jnp.where(v.nuclei > 0.65, 0.3, 0.0) * core * n.light[cell]
    fade = jnp.clip(1 + v.tilt * 0.5 * noise(w[5], 70.0, 4.0), 0.25, 1.6)
    return expose(u[3], w[6], v.base + v.gain * fade * (net + filled), (0.5, 1.2), (0.04, 0.12))


def leaf_epidermis(key: jax.Array) -> jax.Array:
    """Leaf epidermis: cells that interlock like a jigsaw, with stomata between them."""
    u, w = randomness(key, 6, 4)
    v = vary(
        u[0],
        size=(38, 70),
        lobes=(4, 10),
        size_of_lobe=(8, 13),
        wall=(1.0, 2.0),
        grey=(0.5, 0.7),
        stoma=(9, 16),
        density=(0.25, 0.8),
        angle=(0, math.pi),
        mess=(0.1, 1.6),
        dark=(0.25, 0.5),
    )
    points = spread(u[1], 80, v.size, 30.0)
    _, border, cell = voronoi(points, 90)
    dy = v.lobes * noise(w[0], v.size_of_lobe * 0.5, 4.0)
    dx = v.lobes * noise(w[1], v.size_of_lobe * 0.5, 4.0)
    border = warp(border, dy, dx)
    n = vary(u[2], 80, shade=(-0.08, 0.08))
    image = v.grey + n.shade[cell] * rise(border - 4, 4.0) + 0.04 * noise(w[2], 5.0, 1.2)
    image = image - v.dark * ridge(border, v.wall) + 0.14 * ridge(border - 3.2 * v.wall, 1.5)
    places = spread(u[3], 20, 55.0)
    m = vary(u[4], 20, size=(0.85, 1.15), turn=(-1, 1), open=(0.15, 0.5), there=(0, 1))
    things = {"radius": v.stoma * m.size, "angle": v.angle + v.mess * m.turn, "open": m.open}

    def draw(window, y, x, t):
        outer = blob(y, x, t.radius, 1.5, t.angle)
        across, along = turned(t.angle, y, x)
        slit = t.open * t.radius * 0.4 * (1 - (along / (0.75 * t.radius)) ** 2) - jnp.abs(across)
        pore = rise(slit, 1.5)
        guard = v.grey + 0.08 - 0.5 * v.dark * ridge(outer - t.radius * 0.45, t.radius * 0.12)
        guard = guard + 0.2 * ridge(slit + 1.8, 1.0) * (jnp.abs(along) < 0.9 * t.radius)
        guard = guard * (1 - pore) + 0.12 * pore - 1.2 * v.dark * ridge(outer, v.wall)
        cover = rise(outer + 1.5, 2.0)
        return window * (1 - cover) + guard * cover

    image = stamp(image, places, things, draw, 32, chosen(m.there, v.density))
    return expose(u[5], w[3], image, (0.7, 1.5), (0.01, 0.05), 0.3)


def neuropil(key: jax.Array) -> jax.Array:
    """Brain tissue in the electron microscope: dark membranes around pale profiles of all sizes."""
    u, w = randomness(key, 6, 6)
    v = vary(
        u[0],
        size=(15, 34),
        curve=(5, 12),
        wave=(9, 16),
        membrane=(0.9, 1.6),
        grey=(0.6, 0.75),
        dark=(0.35, 0.6),
        grain=(0.03, 0.07),
        mito=(0.1, 0.5),
        vesicle=(1, 3),
    )
    points = spread(u[1], 400, v.size, 24.0)
    n = vary(u[2], 400, inflate=(0, 1), shade=(-0.1, 0.08), mito=(0, 1), full=(0, 1))
    inflate = v.size * (0.9 * n.inflate**3)
    _, border, cell = voronoi(points, 56, inflate)
    dy, dx = v.curve * noise(w[0], v.wave, 3.0), v.curve * noise(w[1], v.wave, 3.0)
    border, shade = warp(border, dy, dx), warp(n.shade[cell], dy, dx)
    full = warp((n.full < 0.15)[cell] * 1.0, dy, dx)
    texture = noise(w[2], 1.5, 1.0)
    image = v.grey + shade + v.grain * texture
    dots = ripples(w[3], 5.0, 0.15)
    image = image - 0.25 * rise(dots - v.vesicle * 0.4, 0.5) * full * rise(border - 3, 2.0)
    m = vary(u[3], 70, size=(4, 9), aspect=(1.0, 2.4), angle=(0, math.pi), there=(0, 1))
    seeds = uniform(u[4], (70, 2), 0, SIDE)
    room = at(border, seeds)
    things = {"radius": jnp.minimum(m.size, room * 1.1), "aspect": m.aspect, "angle": m.angle}

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.08, t.angle * 2)
        across, along = turned(t.angle, y, x)
        cristae = 0.5 + 0.5 * wave(0.3 * along + 0.14 * wave(across / 6))
        cover = rise(inside, 1.5)
        fill = v.grey - 0.22 - 0.14 * cristae - 0.25 * ridge(inside - 0.8, 0.9)
        return window * (1 - cover) + fill * cover

    image = stamp(image, seeds, things, draw, 20, (m.there < v.mito) & (room > 4))
    patchy = jnp.clip(1 + 0.25 * noise(w[4], 5.0), 0.3, 1.5)
    image = image - v.dark * ridge(border, v.membrane) * patchy
    return expose(u[5], w[5], image, (0.5, 1.0), (0.03, 0.1))


def mitochondria(key: jax.Array) -> jax.Array:
    """Mitochondria in the electron microscope: double membranes, folded cristae, ribosomes."""
    u, w = randomness(key, 4, 7)
    v = vary(
        u[0],
        radius=(28, 40),
        period=(7, 12),
        grey=(0.55, 0.72),
        dark=(0.2, 0.4),
        aspect=(1.2, 1.9),
        grain=(0.05, 0.11),
        angle=(0, math.pi),
        mess=(0.2, 1.5),
        er=(8, 14),
    )
    points = spread(u[1], 40, v.radius * 2.1)
    n = vary(
        u[2],
        40,
        size=(0.7, 1.1),
        aspect=(0.85, 1.15),
        turn=(-1, 1),
        phase=(0, 1),
        period=(0.85, 1.2),
        there=(0, 1),
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": v.aspect * n.aspect,
        "angle": v.angle + v.mess * n.turn,
        "phase": n.phase,
        "period": v.period * n.period,
    }
    ribosomes = noise(w[0], 1.1, 2.0)
    layers = ripples(w[1], v.er, 0.25, 2.5, v.angle)
    cytoplasm = (
        v.grey
        - 0.16 * rise(ribosomes - 0.9, 0.6)
        - 0.2 * ridge(layers, 0.18) * rise(noise(w[2], 25.0, 3.0) - 0.3, 0.6)
    )
    folds = noise(w[3], 9.0, 3.0)

    def draw(window, y, x, t):
        image, bend = window
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.05, TURN * t.phase)
        across, along = turned(t.angle, y, x)
        turns = (along + 2.6 * bend + 2 * wave(across / 44 + t.phase)) / t.period
        shelf = wave(turns)
        # A crista ends somewhere inside: every other one comes from the other side.
        side = jnp.tanh(wave(turns / 2) * 4) * across
        cristae = rise(shelf - 0.55, 0.5) * rise(side + 0.45 * t.radius / jnp.sqrt(t.aspect), 6.0)
        matrix = v.grey - v.dark + 0.34 * cristae
        matrix = matrix - 0.16 * ridge(shelf - 0.35, 0.3) * rise(side + 4, 6.0)
        body = jnp.where(inside > 3.6, matrix, v.grey + 0.12)
        body = body - 0.42 * ridge(inside - 0.6, 0.8) - 0.42 * ridge(inside - 3.8, 0.8)
        cover = rise(inside + 0.5, 1.2)
        return image * (1 - cover) + body * cover, bend

    image, _ = stamp((cytoplasm, folds), points, things, draw, 72, n.there < 0.85)
    image = image + v.grain * noise(w[4], 1.4, 1.0) + 0.04 * noise(w[5], 20.0, 2.0)
    return expose(u[3], w[6], image, (0.6, 1.1), (0.03, 0.09))


def myelin(key: jax.Array) -> jax.Array:
    """A nerve in cross-section: axons of all sizes in rings of myelin."""
    u, w = randomness(key, 4, 5)
    v = vary(
        u[0],
        size=(17, 40),
        ring=(0.2, 0.4),
        polarity=(0, 1),
        curve=(2, 5),
        gap=(0.5, 3),
        grain=(0.03, 0.1),
        contrast=(0.5, 0.75),
        fill=(0.05, 0.3),
    )
    points = spread(u[1], 320, v.size, 24.0)
    n = vary(u[2], 320, inflate=(0, 1), ring=(0.6, 1.4), shade=(-0.06, 0.1))
    inflate = v.size * 0.9 * n.inflate**2
    nearest, border, cell = voronoi(points, 60, inflate)
    dy, dx = v.curve * noise(w[0], 9.0, 3.0), v.curve * noise(w[1], 9.0, 3.0)
    border, nearest = warp(border, dy, dx), warp(nearest, dy, dx)
    ring, shade = warp(n.ring[cell], dy, dx), warp(n.shade[cell], dy, dx)
    rounding = v.size * 0.62 - nearest  # cells are rounder than polygons
    inside = jnp.minimum(border - v.gap, rounding)
    thick = jnp.clip(v.ring * v.size * 0.5 * ring, 2.0, None)
    sheath = rise(inside, 1.5) * rise(thick - inside, 1.5)
    layers = 1 + 0.12 * wave(inside / 3)
    image = v.fill + 0.12 * (1 - rise(inside, 2.0)) + shade * rise(inside - thick, 2.0)
    image = image + v.contrast * sheath * layers * jnp.clip(1 + 0.15 * noise(w[2], 2.0), 0.3, 1.5)
    image = image + v.grain * noise(w[3], 1.3, 1.0)
    image = jnp.where(v.polarity > 0.5, image, 0.95 - image)
    return expose(u[3], w[4], image, (0.5, 1.2), (0.02, 0.09))
