"""Materials: grains, lamellae, rock, bone, droplets."""

import math

import jax
import jax.numpy as jnp

from imgforensics.painters.primitives import (
    COLUMNS,
    ROWS,
    SIDE,
    TURN,
    blur,
    chosen,
    expose,
    flat,
    noise,
    randomness,
    relief,
    ridge,
    ripples,
    rise,
    spread,
    stamp,
    vary,
    voronoi,
    warp,
    wave,
)


def metal_grains(key: jax.Array) -> jax.Array:
    """Etched metal: polygonal grains of differing grey, dark boundaries, twins and scratches."""
    u, w = randomness(key, 4, 6)
    v = vary(
        u[0],
        size=(22, 60),
        contrast=(0.1, 0.5),
        line=(0.6, 1.4),
        etch=(0.1, 0.5),
        grey=(0.45, 0.65),
        twins=(0, 0.5),
        scratch=(0, 0.12),
        angle=(0, math.pi),
        curve=(0, 3),
    )
    points = spread(u[1], 220, v.size, 30.0)
    n = vary(
        u[2],
        220,
        shade=(-0.5, 0.5),
        twin=(0, 1),
        angle=(0, math.pi),
        wide=(0.1, 0.45),
        slope=(-1, 1),
        inflate=(0, 1),
    )
    _, border, cell = voronoi(points, 80, 0.3 * v.size * n.inflate)
    border = warp(border, v.curve * noise(w[0], 10.0, 2.0), v.curve * noise(w[1], 10.0, 2.0))
    angle = n.angle[cell]
    across = ROWS * jnp.cos(angle) - COLUMNS * jnp.sin(angle)
    along = COLUMNS * jnp.cos(angle) + ROWS * jnp.sin(angle)
    band = wave(across / (v.size * (0.5 + n.wide[cell])))
    twin = rise(band - 0.5, 0.2) * (n.twin[cell] < v.twins)
    image = v.grey + v.contrast * n.shade[cell] * (1 - 1.6 * twin)
    image = image + 0.0012 * n.slope[cell] * v.contrast * along
    image = image - v.etch * ridge(border, v.line)
    image = image - v.scratch * rise(noise(w[2], 0.8, 3.0, 60.0, v.angle) - 1.8, 0.6)
    image = image - 0.4 * rise(noise(w[3], 1.5, 3.0) - 3.2, 0.4) + 0.03 * noise(w[4], 1.3, 1.0)
    return expose(u[3], w[5], image, (0.5, 1.1), (0.01, 0.06))


def lamellae(key: jax.Array) -> jax.Array:
    """Pearlite or a two-phase alloy: colonies of parallel plates, each in its own direction."""
    u, w = randomness(key, 4, 6)
    v = vary(
        u[0],
        size=(45, 100),
        period=(5, 11),
        curve=(2, 6),
        duty=(-0.4, 0.4),
        gain=(0.25, 0.4),
        light=(0, TURN),
        sem=(0, 1),
        fork=(0.5, 1.4),
    )
    points = spread(u[1], 60, v.size, 40.0)
    n = vary(u[2], 60, angle=(0, math.pi), period=(0.75, 1.35), shade=(-0.08, 0.08))
    _, border, cell = voronoi(points, 110)
    dy, dx = v.curve * noise(w[0], 16.0, 2.0), v.curve * noise(w[1], 16.0, 2.0)
    angle, period = n.angle[cell], n.period[cell] * v.period
    across = (ROWS + dy) * jnp.cos(angle) - (COLUMNS + dx) * jnp.sin(angle)
    # The phase wanders by a turn here and there, so plates fork and end.
    turns = across / period + v.fork * 0.24 * noise(w[2], 9.0, 2.0)
    plates = jnp.tanh(2.5 * (wave(turns) - v.duty)) + 0.25 * noise(w[3], 2.0, 1.0)
    shaded = relief(blur(plates, 0.8), v.light, 1.8) * 1.1 - 0.3
    flat = 0.5 + v.gain * plates
    image = jnp.where(v.sem > 0.5, shaded, flat) + n.shade[cell]
    image = image - 0.25 * ridge(border, 1.2) + 0.03 * noise(w[4], 25.0, 2.0)
    return expose(u[3], w[5], image, (0.5, 1.0), (0.02, 0.08))


def sandstone(key: jax.Array) -> jax.Array:
    """Rock in X-ray tomography: rounded grains of a few greys, dark pores, noise and rings."""
    u, w = randomness(key, 4, 5)
    v = vary(
        u[0],
        size=(20, 48),
        pore=(0.5, 4.0),
        rough=(1.5, 4),
        base=(0.08, 0.25),
        solid=(0.45, 0.65),
        grain=(0.03, 0.1),
        ring=(0, 0.025),
        cy=(0, SIDE),
        cx=(0, SIDE),
        cement=(-0.5, 1.0),
    )
    points = spread(u[1], 200, v.size, 24.0)
    n = vary(u[2], 200, inflate=(0, 1), mineral=(0, 1), shade=(-0.05, 0.05))
    _, border, cell = voronoi(points, 70, v.size * 0.5 * n.inflate)
    rough = noise(w[0], 4.0, 1.2)
    dy, dx = v.rough * rough, v.rough * noise(w[1], 5.0, 1.2)
    border = warp(border, dy, dx)
    mineral = n.mineral
    grey = v.solid + n.shade + jnp.where(mineral > 0.96, 0.45, jnp.where(mineral > 0.75, 0.13, 0.0))
    grey = jnp.where(mineral < 0.1, v.base + 0.03, grey)
    grey = warp(grey[cell], dy, dx)
    # Cement fills some of the gaps between the grains.
    open_pore = v.pore * rise(noise(w[2], 22.0, 2.0) + v.cement, 1.0)
    body = rise(border - open_pore, 1.6)
    image = v.base + (grey - v.base) * body + 0.03 * rough * body
    radius = jnp.sqrt((ROWS - v.cy) ** 2 + (COLUMNS - v.cx) ** 2)
    image = image + v.ring * wave(radius / 7 + 0.5 * wave(radius / 48))
    image = image + v.grain * noise(w[3], 0.9, 1.5)
    return expose(u[3], w[4], image, (0.5, 1.1), (0.02, 0.09))


def trabeculae(key: jax.Array) -> jax.Array:
    """Spongy bone: a net of struts and plates around marrow, by CT or electron microscope."""
    u, w = randomness(key, 2, 8)
    v = vary(
        u[0],
        wave=(34, 64),
        thick=(0.4, 0.8),
        stretch=(1, 1.8),
        angle=(0, math.pi),
        base=(0.05, 0.2),
        bone=(0.6, 0.9),
        light=(0, TURN),
        sem=(0, 1),
        grain=(0.02, 0.08),
    )
    field = ripples(w[0], v.wave, 0.3, v.stretch, v.angle)
    other = ripples(w[1], v.wave * 0.8, 0.3, v.stretch, v.angle)
    rough = noise(w[2], 3.0, 1.0)
    strut = v.thick - jnp.minimum(jnp.abs(field), jnp.abs(other) + 0.15) + 0.03 * rough
    body = rise(strut, 0.12)
    height = jnp.sqrt(jnp.clip(strut, 0, 1)) * v.wave * 0.35
    lit = relief(blur(height + 0.5 * noise(w[3], 2.5, 1.2), 1.0), v.light, 1.0)
    deep = v.base * (1 + 0.5 * noise(w[4], 14.0, 1.5))
    shade = jnp.where(v.sem > 0.5, 0.15 + 0.85 * lit, v.bone * (1 + 0.07 * noise(w[5], 6.0, 1.0)))
    image = deep + (shade - deep) * body
    image = image + v.grain * noise(w[6], 1.1, 1.0)
    return expose(u[1], w[7], image, (0.6, 1.4), (0.02, 0.07))


def droplets(key: jax.Array) -> jax.Array:
    """Droplets or bubbles in bright field: round, of many sizes, with dark rims and a glint."""
    u, w = randomness(key, 4, 3)
    v = vary(
        u[0],
        radius=(8, 30),
        density=(0.4, 1.0),
        grey=(0.55, 0.8),
        rim=(0.3, 0.6),
        glint=(0.1, 0.35),
        light=(0, TURN),
        wide=(0.08, 0.2),
        grain=(0.01, 0.04),
        apart=(1.6, 2.2),
    )
    points = spread(u[1], 200, v.radius * v.apart)
    n = vary(u[2], 200, size=(0, 1), focus=(0.5, 2.5), there=(0, 1))
    gap = jnp.sqrt(jnp.sum((points[:, None] - points[None]) ** 2, -1)) + 1e3 * jnp.eye(200)
    room = jnp.minimum(jnp.min(gap, 1) * 0.5, 44)  # they touch but never overlap
    things = {"radius": room * (0.35 + 0.64 * jnp.sqrt(n.size)), "focus": n.focus}

    def draw(window, y, x, t):
        distance = jnp.sqrt(y**2 + x**2 + 1e-6)
        inside = t.radius - distance
        depth = inside / jnp.maximum(t.radius, 1)
        body = v.grey + 0.12 - v.rim * jnp.exp(-jnp.maximum(inside, 0) / (v.wide * t.radius + 0.8))
        glint = (
            ridge(depth - 0.55, 0.12)
            * jnp.clip((y * jnp.sin(v.light) + x * jnp.cos(v.light)) / (distance + 1), 0, 1) ** 2
        )
        body = body + v.glint * (glint + 0.6 * ridge(distance, 0.25 * t.radius))
        cover = rise(inside, t.focus)
        halo = 0.1 * ridge(inside + 2, 1.5)
        return (window + halo) * (1 - cover) + body * cover

    image = stamp(
        flat(v.grey),
        points,
        things,
        draw,
        48,
        chosen(n.there, v.density) & (things["radius"] > 1.5),
    )
    image = image + v.grain * noise(w[0], 1.5, 1.0) + 0.02 * noise(w[1], 50.0, 4.0)
    return expose(u[3], w[2], image, (0.6, 1.4), (0.01, 0.04), 0.3)
