"""Materials: grains, lamellae, rock, bone, foam."""

import math

import jax
import jax.numpy as jnp

from imgforensics.data.micrographs import SIDE
from imgforensics.data.procedural.primitives import (
    COLUMNS, ROWS, blur, expose, noise, relief, ridge, rise, ripples, spread, stamp, turned, vary,
    voronoi, warp,
)

_TURN = 2 * math.pi


def _canvas(value=0.0):
    return jnp.full((SIDE, SIDE), value, jnp.float32)


def metal_grains(key):
    """Etched metal: polygonal grains of differing grey, dark boundaries, twins and scratches."""
    keys = jax.random.split(key, 9)
    v = vary(keys[0], size=(22, 60), contrast=(0.1, 0.5), line=(0.6, 1.4), etch=(0.1, 0.5),
             grey=(0.45, 0.65), twins=(0, 0.5), scratch=(0, 0.12), angle=(0, math.pi), curve=(0, 3))
    points = spread(keys[1], 220, v.size, 30.0)
    n = vary(keys[2], 220, shade=(-0.5, 0.5), twin=(0, 1), angle=(0, math.pi), wide=(0.1, 0.45),
             slope=(-1, 1), inflate=(0, 1))
    _, border, cell = voronoi(points, 80, 0.3 * v.size * n.inflate)
    border = warp(border, v.curve * noise(keys[3], 10.0, 2.0), v.curve * noise(keys[4], 10.0, 2.0))
    angle = n.angle[cell]
    across = ROWS * jnp.cos(angle) - COLUMNS * jnp.sin(angle)
    along = COLUMNS * jnp.cos(angle) + ROWS * jnp.sin(angle)
    band = jnp.cos(_TURN * across / (v.size * (0.5 + n.wide[cell])))
    twin = rise(band - 0.5, 0.2) * (n.twin[cell] < v.twins)
    image = v.grey + v.contrast * n.shade[cell] * (1 - 1.6 * twin)
    image = image + 0.0012 * n.slope[cell] * v.contrast * along
    image = image - v.etch * ridge(border, v.line)
    image = image - v.scratch * rise(noise(keys[5], 0.8, 3.0, 60.0, v.angle) - 1.8, 0.6)
    image = image - 0.4 * rise(noise(keys[6], 1.5, 3.0) - 3.2, 0.4) + 0.03 * noise(keys[7], 1.3, 1.0)
    return expose(keys[8], image, (0.5, 1.1), (0.01, 0.06))


def lamellae(key):
    """Pearlite or a two-phase alloy: colonies of parallel plates, each in its own direction."""
    keys = jax.random.split(key, 9)
    v = vary(keys[0], size=(45, 100), period=(5, 11), curve=(2, 6), duty=(-0.4, 0.4), gain=(0.25, 0.4),
             light=(0, _TURN), sem=(0, 1), fork=(0.5, 1.4))
    points = spread(keys[1], 60, v.size, 40.0)
    n = vary(keys[2], 60, angle=(0, math.pi), period=(0.75, 1.35), shade=(-0.08, 0.08))
    _, border, cell = voronoi(points, 110)
    dy, dx = v.curve * noise(keys[3], 16.0, 2.0), v.curve * noise(keys[4], 16.0, 2.0)
    angle, period = n.angle[cell], n.period[cell] * v.period
    across = (ROWS + dy) * jnp.cos(angle) - (COLUMNS + dx) * jnp.sin(angle)
    # The phase wanders by a turn here and there, so plates fork and end.
    phase = _TURN * across / period + v.fork * 1.5 * noise(keys[5], 9.0, 2.0)
    plates = jnp.tanh(2.5 * (jnp.cos(phase) - v.duty)) + 0.25 * noise(keys[6], 2.0, 1.0)
    shaded = relief(blur(plates, 0.8), v.light, 1.8) * 1.1 - 0.3
    flat = 0.5 + v.gain * plates
    image = jnp.where(v.sem > 0.5, shaded, flat) + n.shade[cell]
    image = image - 0.25 * ridge(border, 1.2) + 0.03 * noise(keys[7], 25.0, 2.0)
    return expose(keys[8], image, (0.5, 1.0), (0.02, 0.08))


def sandstone(key):
    """Rock in X-ray tomography: rounded grains of a few greys, dark pores, noise and rings."""
    keys = jax.random.split(key, 8)
    v = vary(keys[0], size=(20, 48), pore=(0.5, 4.0), rough=(1.5, 4), base=(0.08, 0.25),
             solid=(0.45, 0.65), grain=(0.03, 0.1), ring=(0, 0.025), cy=(0, SIDE), cx=(0, SIDE),
             cement=(-0.5, 1.0))
    points = spread(keys[1], 200, v.size, 24.0)
    n = vary(keys[2], 200, inflate=(0, 1), mineral=(0, 1), shade=(-0.05, 0.05))
    _, border, cell = voronoi(points, 70, v.size * 0.5 * n.inflate)
    rough = noise(keys[3], 4.0, 1.2)
    dy, dx = v.rough * rough, v.rough * noise(keys[4], 5.0, 1.2)
    border = warp(border, dy, dx)
    mineral = n.mineral
    grey = v.solid + n.shade + jnp.where(mineral > 0.96, 0.45, jnp.where(mineral > 0.75, 0.13, 0.0))
    grey = jnp.where(mineral < 0.1, v.base + 0.03, grey)
    grey = warp(grey[cell], dy, dx)
    # Cement fills some of the gaps between the grains.
    open_pore = v.pore * rise(noise(keys[5], 22.0, 2.0) + v.cement, 1.0)
    body = rise(border - open_pore, 1.6)
    image = v.base + (grey - v.base) * body + 0.03 * rough * body
    radius = jnp.sqrt((ROWS - v.cy) ** 2 + (COLUMNS - v.cx) ** 2)
    image = image + v.ring * jnp.sin(radius * 0.9 + 3 * jnp.sin(radius * 0.13))
    image = image + v.grain * noise(keys[6], 0.9, 1.5)
    return expose(keys[7], image, (0.5, 1.1), (0.02, 0.09))


def trabeculae(key):
    """Spongy bone: a net of struts and plates around marrow, by CT or electron microscope."""
    keys = jax.random.split(key, 8)
    v = vary(keys[0], wave=(34, 64), thick=(0.25, 0.6), stretch=(1, 1.8), angle=(0, math.pi),
             base=(0.05, 0.2), bone=(0.6, 0.9), light=(0, _TURN), sem=(0, 1), grain=(0.02, 0.08))
    field = ripples(keys[1], v.wave, 0.3, v.stretch, v.angle)
    other = ripples(keys[2], v.wave * 0.8, 0.3, v.stretch, v.angle)
    rough = noise(keys[3], 3.0, 1.0)
    strut = v.thick - jnp.minimum(jnp.abs(field), jnp.abs(other) + 0.15) + 0.03 * rough
    body = rise(strut, 0.12)
    height = jnp.sqrt(jnp.clip(strut, 0, 1)) * v.wave * 0.35
    lit = relief(blur(height + 0.5 * noise(keys[4], 2.5, 1.2), 1.0), v.light, 1.0)
    deep = v.base * (1 + 0.5 * noise(keys[5], 14.0, 1.5))
    shade = jnp.where(v.sem > 0.5, 0.15 + 0.85 * lit, v.bone * (1 + 0.07 * noise(keys[6], 6.0, 1.0)))
    image = deep + (shade - deep) * body
    image = image + v.grain * noise(keys[6], 1.1, 1.0)
    return expose(keys[7], image, (0.6, 1.4), (0.02, 0.07))


def foam(key):
    """Bubbles or droplets in bright field: round, of many sizes, with dark rims and a glint."""
    keys = jax.random.split(key, 7)
    v = vary(keys[0], radius=(8, 30), density=(0.4, 1.0), grey=(0.55, 0.8), rim=(0.3, 0.6),
             glint=(0.1, 0.35), light=(0, _TURN), wide=(0.08, 0.2), grain=(0.01, 0.04), spread=(1.6, 2.2))
    points = spread(keys[1], 200, v.radius * v.spread)
    n = vary(keys[2], 200, size=(0, 1), focus=(0.5, 2.5), there=(0, 1))
    gap = jnp.sqrt(jnp.sum((points[:, None] - points[None]) ** 2, -1)) + 1e3 * jnp.eye(200)
    room = jnp.min(gap, 1) * 0.5  # bubbles touch but never overlap
    things = {"radius": room * (0.35 + 0.64 * jnp.sqrt(n.size)),
              "focus": n.focus}

    def draw(window, y, x, t):
        distance = jnp.sqrt(y**2 + x**2 + 1e-6)
        inside = t.radius - distance
        depth = inside / jnp.maximum(t.radius, 1)
        body = v.grey + 0.12 - v.rim * jnp.exp(-jnp.maximum(inside, 0) / (v.wide * t.radius + 0.8))
        glint = ridge(depth - 0.55, 0.12) * jnp.clip(
            (y * jnp.sin(v.light) + x * jnp.cos(v.light)) / (distance + 1), 0, 1) ** 2
        body = body + v.glint * (glint + 0.6 * ridge(distance, 0.25 * t.radius))
        cover = rise(inside, t.focus)
        halo = 0.1 * ridge(inside + 2, 1.5)
        return (window + halo) * (1 - cover) + body * cover

    image = stamp(_canvas() + v.grey, points, things, draw, 48,
                  (n.there < v.density) & (things["radius"] > 1.5))
    image = image + v.grain * noise(keys[3], 1.5, 1.0) + 0.02 * noise(keys[4], 50.0, 4.0)
    return expose(keys[5], image, (0.6, 1.4), (0.01, 0.04), 0.3)
