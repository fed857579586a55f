"""Worms, filaments, trees and bundles: things that are long."""

import math

import jax
import jax.numpy as jnp

from imgforensics.painters.primitives import (
    COLUMNS,
    ROWS,
    SIDE,
    TURN,
    at,
    blob,
    blur,
    branch,
    chosen,
    deposit,
    expose,
    flat,
    noise,
    randomness,
    ridge,
    rise,
    spread,
    stamp,
    summed,
    turned,
    uniform,
    vary,
    wander,
    warp,
    wave,
)


def worms(key: jax.Array) -> jax.Array:
    """Nematodes in bright field: tapering sinuous bodies with dark edges and granular guts."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        length=(90, 190),
        thick=(4.5, 10),
        curl=(0.2, 1.1),
        density=(0.4, 1),
        paper=(0.65, 0.92),
        dark=(0.3, 0.55),
        agar=(0.01, 0.04),
    )
    count, steps = 12, 72
    starts = spread(u[1], count, 70.0)
    n = vary(
        u[2],
        count,
        heading=(0, TURN),
        size=(0.55, 1.1),
        phase=(0, TURN),
        waves=(0.5, 1.3),
        drift=(-1.2, 1.2),
        there=(0, 1),
    )
    along = jnp.linspace(-0.5, 0.5, steps)
    heading = (
        n.heading[:, None]
        + n.drift[:, None] * along
        + v.curl * jnp.sin(TURN * n.waves[:, None] * along + n.phase[:, None])
    )
    stride = (v.length * n.size / steps)[:, None, None]
    path = stride * jnp.stack([summed(jnp.sin(heading)), summed(jnp.cos(heading))], -1)
    path = starts[:, None] + path - path[:, steps // 2, None]
    # Blunt head, long pointed tail.
    head = jnp.minimum(jnp.sqrt((along + 0.5) * 9), 1)
    profile = head * jnp.minimum((0.5 - along) * 3.2, 1) ** 0.8
    radius = v.thick * jnp.sqrt(n.size)[:, None] * profile
    there = (chosen(n.there, v.density)[:, None] & (radius > 0.5)).reshape(-1)
    things = {"radius": radius.reshape(-1)}

    def draw(window, y, x, t):
        inside = t.radius - jnp.sqrt(y**2 + x**2 + 1e-6)
        return jnp.maximum(window, inside)

    inside = stamp(flat(-12.0), path.reshape(-1, 2), things, draw, 24, there)
    body = rise(inside, 1.8)
    gut = 0.75 + 0.3 * noise(w[0], 1.8, 1.5) + 0.2 * noise(w[1], 6.0, 2.0)
    middle = ridge(inside - v.thick * 0.9, v.thick * 0.25)
    image = v.paper - v.dark * body * jnp.clip(gut - 0.35 * middle, 0.1, 1.3)
    image = image - 0.3 * ridge(inside - 0.8, 0.9) + 0.1 * ridge(inside + 2.5, 1.3)
    image = image + v.agar * noise(w[2], 3.0, 0.9)
    return expose(u[3], w[3], image, (0.6, 1.5), (0.01, 0.04))


def microtubules(key: jax.Array) -> jax.Array:
    """A labelled cytoskeleton: many fine curved filaments out of each cell's centre."""
    u, w = randomness(key, 6, 3)
    v = vary(
        u[0],
        bend=(0.01, 0.05),
        start=(4, 16),
        gain=(0.5, 0.95),
        haze=(0.1, 0.5),
        length=(50, 130),
        base=(0.02, 0.08),
    )
    cells, each, steps = 5, 60, 170
    centres = spread(u[1], cells, 130.0)
    headings = uniform(u[2], (cells, each), 0, TURN)
    lead = v.start * jnp.stack([jnp.sin(headings), jnp.cos(headings)], -1)
    # Few of them begin at the very centre of the cell.
    starts = centres[:, None] + lead + uniform(u[3], (cells, each, 2), -10, 10)
    paths = wander(w[0], starts, headings, steps, 0.8, v.bend)
    ends = v.length * uniform(u[4], (cells, each, 1), 0.3, 1.2) / 0.8
    weights = (jnp.arange(steps) < ends) * 1.0
    lines = deposit(paths.reshape(-1, 2), weights.reshape(-1))
    lines = lines * jnp.clip(1 + 0.35 * noise(w[1], 1.2, 1.0), 0.1, 2)
    lines = 1 - jnp.exp(-0.7 * blur(lines, 0.7))
    image = v.base + v.gain * lines + v.haze * blur(lines, 6.0)
    return expose(u[5], w[2], image, (0.4, 1.1), (0.03, 0.1))


def actin(key: jax.Array) -> jax.Array:
    """Stress fibres: bundles of straight bright cables that run along spread cells."""
    u, w = randomness(key, 2, 8)
    v = vary(
        u[0],
        angle=(0, math.pi),
        fan=(0.1, 0.7),
        width=(0.2, 0.4),
        scale=(2.0, 3.6),
        edge=(-0.6, 0.4),
        gain=(0.7, 1.1),
        base=(0.02, 0.08),
        cortex=(0.1, 0.5),
    )
    first = noise(w[0], v.scale, 3.0, 22.0, v.angle)
    second = noise(w[1], v.scale, 3.0, 22.0, v.angle + v.fan)
    cables = jnp.clip(ridge(first, v.width) * 0.7 + ridge(second, v.width) * 0.5, 0, 1.2)
    cables = cables * jnp.clip(0.6 + 0.5 * noise(w[2], 10.0, 2.0, 3.0, v.angle), 0, 1.5)
    shape = noise(w[3], 24.0, 2.5, 1.6, v.angle)
    edge = (shape - v.edge) * 25
    cell = rise(edge, 5.0)
    cables = warp(cables, 7 * noise(w[4], 45.0, 4.0), 7 * noise(w[5], 45.0, 4.0))
    image = cell * (0.12 + cables) + v.cortex * ridge(edge - 2, 2.0)
    image = image + 0.07 * cell * noise(w[6], 2.0, 1.0) + 0.08 * blur(cell, 6.0)
    return expose(u[1], w[7], v.base + v.gain * image, (0.5, 1.3), (0.03, 0.09))


def collagen(key: jax.Array) -> jax.Array:
    """Second-harmonic collagen: wavy bright strands that cross in layers, with dark gaps."""
    u, w = randomness(key, 2, 9)
    v = vary(
        u[0],
        angle=(0, math.pi),
        cross=(0.3, 1.5),
        wave=(4, 14),
        scale=(1.8, 3.4),
        gap=(-1.0, 0.4),
        gain=(0.7, 1.1),
        base=(0.02, 0.12),
        stretch=(8, 18),
        wavelength=(9, 25),
    )
    strands = jnp.zeros((SIDE, SIDE))
    for layer in range(3):
        grain = noise(w[layer], v.scale, 1.6, v.stretch, v.angle + (layer - 1) * v.cross)
        cover = noise(w[3 + layer], 22.0, 2.0, 2.0, v.angle + (layer - 1) * v.cross)
        strands = jnp.maximum(strands, jnp.clip(grain + 0.1, 0, 2.5) * rise(cover - v.gap, 2.5))
    shift = v.wave * noise(w[6], v.wavelength, 4.0)
    strands = warp(strands, shift * jnp.cos(v.angle), shift * jnp.sin(v.angle))
    image = v.base + v.gain * 0.42 * strands * jnp.clip(1 + 0.3 * noise(w[7], 1.2, 1.0), 0, 2)
    return expose(u[1], w[8], image, (0.4, 1.1), (0.03, 0.12))


def muscle(key: jax.Array) -> jax.Array:
    """Skeletal muscle: long fibres side by side with cross striations and flat dark nuclei."""
    u, w = randomness(key, 4, 5)
    v = vary(
        u[0],
        angle=(0, math.pi),
        fibre=(16, 46),
        period=(5, 11),
        contrast=(0.1, 0.3),
        grey=(0.45, 0.7),
        wave=(2, 7),
        second=(0, 0.6),
        gap=(0.1, 0.4),
        skew=(-0.3, 0.3),
    )
    across, along = turned(v.angle)
    across = across + v.wave * noise(w[0], 50.0, 4.0)
    along = along + 3 * noise(w[1], 40.0, 4.0)
    # Fibres: a one-dimensional jittered tiling; every fibre has its own phase and shade.
    slots = 40
    n = vary(u[1], slots, jitter=(-0.33, 0.33), phase=(0, 1), shade=(-0.09, 0.09))
    place = across / v.fibre + slots / 2
    borders = jnp.sort(jnp.arange(slots) + n.jitter)
    fibre = jnp.clip(jnp.searchsorted(borders, place), 1, slots - 1)
    low, high = borders[fibre - 1], borders[fibre]
    margin = jnp.minimum(place - low, high - place) * v.fibre
    turns = (along + v.skew * across) / v.period + n.phase[fibre]
    turns = turns + 0.1 * noise(w[2], 8.0, 2.0, 0.4, v.angle)
    bands = wave(turns) + v.second * wave(2 * turns)
    image = v.grey + n.shade[fibre] + v.contrast * 0.6 * bands * rise(margin - 2, 3.0)
    image = image + 0.05 * noise(w[3], 1.5, 1.5, 8.0, v.angle)
    image = image - v.gap * ridge(margin, 1.5) + 0.1 * ridge(margin - 3, 1.5)
    seeds = uniform(u[2], (40, 2), 0, SIDE)
    edge = at(margin, seeds) < 5

    def nucleus(window, y, x, t):
        return window - 0.3 * rise(blob(y, x, 4.5, 4.0, v.angle), 2.0)

    image = stamp(image, seeds, {}, nucleus, 14, edge)
    return expose(u[3], w[4], image, (0.5, 1.3), (0.01, 0.05))


def neurons(key: jax.Array) -> jax.Array:
    """Labelled neurons: bright bodies with tapering dendrites that branch, beads and spines."""
    u, w = randomness(key, 7, 7)
    v = vary(
        u[0],
        soma=(7, 13),
        bend=(0.015, 0.05),
        gain=(0.6, 1.0),
        base=(0.02, 0.1),
        reach=(0.7, 1.3),
        beads=(0.2, 0.9),
        haze=(0.05, 0.3),
        invert=(0, 1),
    )
    cells = 3
    somas = spread(u[1], cells, 110.0, -20.0)
    headings = TURN * jnp.arange(5) / 5 + uniform(u[2], (cells, 5), 0, 1.2)
    starts = jnp.repeat(somas[:, None], 5, 1)
    first = wander(w[0], starts, headings, 180, 0.8 * v.reach, v.bend)
    starts, headings = branch(u[3], first, 3, 0.7)
    second = wander(w[1], starts, headings, 100, 0.75 * v.reach, v.bend * 1.2)
    starts, headings = branch(u[4], second, 2, 0.6)
    third = wander(w[2], starts, headings, 70, 0.7 * v.reach, v.bend * 1.5)

    def line(*tapers):
        points = jnp.concatenate([paths.reshape(-1, 2) for paths, _, _ in tapers])
        weights = [
            jnp.broadcast_to(jnp.linspace(thick, thin, paths.shape[-2]), paths.shape[:-1]).reshape(
                -1
            )
            for paths, thick, thin in tapers
        ]
        return deposit(points, jnp.concatenate(weights))

    trunk = blur(line((first[..., :90, :], 5.5, 1.5)), 1.7)
    twigs = blur(line((first, 1.4, 0.8), (second, 1.5, 0.6), (third, 0.9, 0.4)), 0.85)
    light = trunk + twigs
    beads = jnp.clip(noise(w[3], 1.3, 2.0), 0, 3) * jnp.clip(twigs, 0, 1)
    light = 1 - jnp.exp(-1.1 * (light + v.beads * beads))
    n = vary(u[5], cells, size=(0.8, 1.2), aspect=(1, 1.7), angle=(0, math.pi), phase=(0, TURN))
    things = {"radius": v.soma * n.size, "aspect": n.aspect, "angle": n.angle, "phase": n.phase}

    def soma(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.1, t.phase)
        body = (0.95 - 0.3 * rise(blob(y, x, t.radius * 0.5), 3.0)) * rise(inside, 3.0)
        return jnp.maximum(window, body)

    light = stamp(light, somas, things, soma, 32)
    light = light * (1 + 0.1 * noise(w[4], 1.5, 1.0)) + v.haze * blur(light, 7.0)
    image = v.base + v.gain * 0.85 * light + 0.02 * noise(w[5], 12.0, 1.0)
    image = jnp.where(v.invert < 0.2, 0.9 - 0.8 * image, image)  # a silver stain
    return expose(u[6], w[6], image, (0.4, 1.0), (0.02, 0.08))


def retina(key: jax.Array) -> jax.Array:
    """Fundus vessels: dark trees that fork from thick to thin over a glowing, mottled ground."""
    u, w = randomness(key, 6, 6)
    v = vary(
        u[0],
        turn=(0, TURN),
        out=(70, 150),
        bend=(0.012, 0.03),
        thick=(2.6, 4.6),
        ground=(0.4, 0.7),
        dark=(0.2, 0.4),
        disc=(24, 38),
        mottle=(0.02, 0.05),
        reflex=(0, 0.1),
    )
    disc = SIDE / 2 + v.out * jnp.stack([jnp.sin(v.turn), jnp.cos(v.turn)])
    headings = (
        v.turn
        + math.pi
        + jnp.array([-1.2, -0.55, 0.05, 0.6, 1.25, 2.6])
        + uniform(u[1], (6,), -0.3, 0.3)
    )
    first = wander(w[0], jnp.broadcast_to(disc, (6, 2)), headings, 150, 2.0, v.bend)
    starts, headings = branch(u[2], first, 5, 0.6)
    second = wander(w[1], starts, headings, 60, 2.0, v.bend * 1.8)
    starts, headings = branch(u[3], second, 2, 0.6)
    third = wander(w[2], starts, headings, 32, 1.8, v.bend * 2.5)
    width = vary(u[4], 6, size=(0.6, 1.1)).size * v.thick

    def line(window, y, x, t):
        return jnp.maximum(window, t.radius - jnp.sqrt(y**2 + x**2 + 1e-6))

    def trace(canvas, paths, radius):
        things = {"radius": jnp.broadcast_to(radius, paths.shape[:-1]).reshape(-1)}
        return stamp(canvas, paths.reshape(-1, 2), things, line, 8)

    depth = trace(flat(-8.0), first, width[:, None] * jnp.linspace(1, 0.45, 150))
    depth = trace(depth, second, width[:, None, None] * jnp.linspace(0.5, 0.25, 60))
    depth = trace(
        depth, third[:, ::2], 0.22 * width[:, None, None, None] * jnp.linspace(1, 0.6, 32)
    )
    vessel = rise(depth, 1.5)
    from_disc = disc[:, None, None] - jnp.stack([ROWS, COLUMNS])
    glow = rise(v.disc - jnp.sqrt(jnp.sum(from_disc**2, 0)), 8.0)
    fovea = SIDE - disc[:, None, None] - jnp.stack([ROWS, COLUMNS])
    image = v.ground + 0.3 * glow - 0.12 * jnp.exp(-jnp.sum(fovea**2, 0) / (2 * 30.0**2))
    image = image + v.mottle * (noise(w[3], 3.0, 1.0) + noise(w[4], 25.0, 2.0))
    image = image - v.dark * vessel + v.reflex * ridge(depth - 2.6, 0.8)
    return expose(u[5], w[5], image, (0.6, 1.4), (0.01, 0.04), 0.35)
