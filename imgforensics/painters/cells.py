"""Single cells and other bodies, each stamped in a window of its own."""

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
    turned,
    uniform,
    vary,
    wander,
    warp,
    wave,
)


def nuclei(key: jax.Array) -> jax.Array:
    """Nuclei under a DNA stain: bright speckled ovals of unequal brightness on black."""
    u, w = randomness(key, 4, 2)
    v = vary(
        u[0],
        radius=(8, 22),
        density=(0.3, 0.95),
        packing=(1.4, 2.4),
        speckle=(0.08, 0.4),
        haze=(0.02, 0.15),
        gain=(0.5, 1.0),
        base=(0.01, 0.1),
        lobes=(0.0, 0.07),
    )
    points = spread(u[1], 90, v.radius * v.packing)
    n = vary(
        u[2],
        90,
        size=(0.75, 1.25),
        aspect=(1, 1.8),
        angle=(0, math.pi),
        light=(0.3, 1),
        phase=(0, TURN),
        there=(0, 1),
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": n.aspect,
        "angle": n.angle,
        "phase": n.phase,
        "light": n.light,
    }

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, v.lobes, t.phase)
        dome = 0.75 + 0.25 * jnp.clip(inside / t.radius, 0, 1)
        return jnp.maximum(window, t.light * dome * rise(inside, 2.5))

    image = stamp(flat(), points, things, draw, 40, chosen(n.there, v.density))
    chromatin = noise(w[0], v.radius * 0.12, 2.0)
    image = image * jnp.clip(1 + v.speckle * (chromatin + 0.6 * (jnp.abs(chromatin) - 0.8)), 0.2, 2)
    image = v.base + v.gain * (image + v.haze * blur(image, 14.0) * 3)
    return expose(u[3], w[1], image, (0.5, 1.8), (0.02, 0.09))


def cytoplasm(key: jax.Array) -> jax.Array:
    """Cultured cells under a protein stain: ruffled bright bodies, nuclei as dark holes."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        radius=(22, 36),
        density=(0.5, 1),
        hole=(0.28, 0.42),
        gain=(0.6, 1),
        mesh=(0.1, 0.35),
        base=(0.02, 0.1),
        dark=(0.5, 0.9),
        ruffle=(1, 4),
    )
    points = spread(u[1], 60, v.radius * 1.6)
    n = vary(
        u[2],
        60,
        size=(0.8, 1.25),
        aspect=(1, 1.9),
        angle=(0, math.pi),
        light=(0.35, 1),
        phase=(0, TURN),
        there=(0, 1),
        shift=(-0.15, 0.15),
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": n.aspect,
        "angle": n.angle,
        "phase": n.phase,
        "light": n.light,
        "shift": n.shift,
    }

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.14, t.phase)
        hole = blob(
            y + t.shift * t.radius, x, t.radius * v.hole, jnp.sqrt(t.aspect), t.angle, 0.03, t.phase
        )
        near = 0.25 + 0.75 * jnp.exp(-jnp.maximum(-hole, 0) / (0.35 * t.radius))
        body = t.light * near * rise(inside, 2.0) * (1 - v.dark * rise(hole, 2.5))
        return jnp.where(inside > 0, jnp.maximum(window * 0.35, body), jnp.maximum(window, body))

    image = stamp(flat(), points, things, draw, 80, chosen(n.there, v.density))
    image = warp(image, v.ruffle * noise(w[0], 7.0), v.ruffle * noise(w[1], 7.0))
    image = image * jnp.clip(1 + v.mesh * noise(w[2], 1.6, 1.2), 0.2, 2)
    return expose(u[3], w[3], v.base + v.gain * image, (0.6, 1.6), (0.02, 0.08))


def blood_smear(key: jax.Array) -> jax.Array:
    """Red cells with pale centres that overlap, now and then a white cell with a lobed nucleus."""
    u, w = randomness(key, 6, 2)
    v = vary(
        u[0],
        radius=(13, 24),
        packing=(1.2, 2.1),
        density=(0.45, 1),
        stain=(0.35, 0.6),
        pallor=(0.3, 0.9),
        paper=(0.8, 0.95),
        lobes=(0.0, 0.05),
        white=(0, 1),
    )
    points = spread(u[1], 80, v.radius * v.packing, 24.0)
    n = vary(
        u[2],
        80,
        size=(0.88, 1.12),
        aspect=(1, 1.3),
        angle=(0, math.pi),
        phase=(0, TURN),
        there=(0, 1),
        pallor=(0.6, 1.2),
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": n.aspect,
        "angle": n.angle,
        "phase": n.phase,
        "pallor": jnp.minimum(n.pallor * v.pallor, 1),
    }

    def red(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, v.lobes, t.phase)
        from_centre = jnp.maximum(t.radius - inside, 0) / t.radius
        thick = 1 - t.pallor * jnp.exp(-((2 * from_centre) ** 2))
        return window * (1 - v.stain * thick * rise(inside, 1.6) * 0.85)

    image = stamp(flat(1.0), points, things, red, 36, chosen(n.there, v.density))
    # White cells: a pale body and a nucleus of a few dark lobes around its centre.
    m = vary(u[3], 3, turn=(0, TURN), bend=(0.7, 1.2), radius=(0.4, 0.55), there=(0, 1))
    whites = {"turn": m.turn, "bend": m.bend, "radius": m.radius}

    def white(window, y, x, t):
        size = v.radius * 1.45
        body = rise(blob(y, x, size, 1.1, t.turn, 0.03, t.turn), 2.0)
        window = window * (1 - body) + body * 0.72
        for lobe in range(3):
            where = t.turn + t.bend * lobe
            inside = blob(
                y - 0.42 * size * jnp.sin(where),
                x - 0.42 * size * jnp.cos(where),
                t.radius * size,
                1.2,
                where,
                0.06,
                where,
            )
            window = window * (1 - 0.62 * rise(inside, 2.0) * (window > 0.3))
        return window

    centres = uniform(u[4], (3, 2), 50, SIDE - 50)
    image = stamp(image, centres, whites, white, 48, m.there < 0.7 * v.white)
    texture = 1 + 0.05 * noise(w[0], 2.5, 1.5)
    return expose(u[5], w[1], v.paper * image * texture, (0.7, 1.5), (0.01, 0.04))


def yeast(key: jax.Array) -> jax.Array:
    """Budding yeast in phase contrast: grey ovals with a bright halo and dark granules."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        radius=(8, 15),
        packing=(1.5, 2.4),
        clump=(18, 50),
        density=(-0.9, 0.7),
        halo=(0.5, 1.2),
        grey=(0.4, 0.6),
        depth=(0.2, 0.4),
        bud=(0.45, 0.8),
    )
    points = spread(u[1], 90, v.radius * v.packing)
    field = noise(w[0], v.clump, 4.0)
    # The centre of the image lies inside of a clump.
    crowded = at(field, points) > jnp.minimum(v.density, field[SIDE // 2, SIDE // 2] - 0.3)
    n = vary(
        u[2],
        90,
        size=(0.8, 1.15),
        aspect=(1.05, 1.4),
        angle=(0, TURN),
        bud=(0.3, 1.5),
        vacuole=(0.2, 0.5),
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": n.aspect,
        "angle": n.angle,
        "bud": jnp.minimum(n.bud, 1) * (n.bud < 1),
        "vacuole": n.vacuole,
    }

    def draw(window, y, x, t):
        height, mass = window
        inside = blob(y, x, t.radius, t.aspect, t.angle)
        away = t.radius * (0.9 + 0.7 * t.bud) * 1.05
        bud = blob(
            y - away * jnp.sin(t.angle),
            x - away * jnp.cos(t.angle),
            t.radius * t.bud * v.bud,
            1.1,
            t.angle,
        )
        inside = jnp.maximum(inside, jnp.where(t.bud > 0, bud, -9.0))
        vacuole = blob(y + 0.25 * t.radius, x - 0.2 * t.radius, t.radius * t.vacuole)
        mass = jnp.where(inside > 0, 1 - 0.7 * rise(vacuole, 2.0), mass)
        return jnp.maximum(height, inside), mass

    height, mass = stamp((flat(-9.0), flat()), points, things, draw, 44, crowded)
    body = rise(height, 1.5)
    image = v.grey - v.depth * body * mass * (0.6 + 0.25 * noise(w[1], 1.8))
    image = image + v.halo * 0.42 * ridge(height + 2.5, 1.8) - 0.3 * ridge(height - 1.0, 1.2)
    image = image + v.halo * 0.12 * blur(body, 8.0) + 0.02 * noise(w[2], 30.0, 4.0)
    return expose(u[3], w[3], image, (0.6, 1.2), (0.01, 0.05))


def bacteria(key: jax.Array) -> jax.Array:
    """Rods in phase contrast: dark capsules lying side by side, haloed."""
    u, w = randomness(key, 4, 5)
    v = vary(
        u[0],
        length=(7, 15),
        thick=(3.0, 6.0),
        density=(-1.2, 0.5),
        clump=(25, 60),
        grey=(0.45, 0.65),
        depth=(0.3, 0.5),
        halo=(0.2, 0.6),
        align=(30, 80),
        mess=(0.1, 1.2),
    )
    points = spread(u[1], 260, v.thick * 3.4)
    field = noise(w[0], v.clump, 4.0)
    # The centre of the image lies inside of a clump.
    crowded = at(field, points) > jnp.minimum(v.density, field[SIDE // 2, SIDE // 2] - 0.3)
    flow = at(noise(w[1], v.align, 4.0), points) * 1.5
    n = vary(u[2], 260, size=(0.7, 1.3), turn=(-1, 1), dark=(0.6, 1.0))
    things = {"half": v.length * n.size, "angle": flow + v.mess * n.turn, "dark": n.dark}

    def draw(window, y, x, t):
        across, along = turned(t.angle, y, x)
        along = along + 0.004 * across**2
        rest = jnp.maximum(jnp.abs(along) - t.half, 0)
        inside = v.thick - jnp.sqrt(rest**2 + across**2 + 1e-6)
        return jnp.maximum(window, t.dark * rise(inside, 2.0))

    body = stamp(flat(), points, things, draw, 28, crowded)
    image = v.grey - v.depth * body * (1 + 0.12 * noise(w[2], 2.0))
    image = image + v.halo * (blur(body, 4.0) * (1 - body)) + 0.03 * noise(w[3], 40.0, 3.0)
    return expose(u[3], w[4], image, (0.6, 1.1), (0.02, 0.06))


def cocci(key: jax.Array) -> jax.Array:
    """Gram-stained cocci: small dark balls in clusters and chains on a smeared background."""
    u, w = randomness(key, 6, 3)
    v = vary(
        u[0],
        radius=(3.2, 6.5),
        gap=(1.7, 2.2),
        wander=(0.3, 3.0),
        paper=(0.7, 0.95),
        stain=(0.6, 0.85),
        smear=(0.02, 0.12),
        there=(0.35, 1.0),
    )
    seeds = spread(u[1], 16, 45.0, 0.0)
    headings = uniform(u[2], (16,), 0, TURN)
    points = wander(w[0], seeds, headings, 14, v.gap * v.radius, v.wander / 3).reshape(-1, 2)
    n = vary(u[3], 224, size=(0.85, 1.15), stain=(0.75, 1), there=(0, 1))
    chain = vary(u[4], 16, there=(0, 1)).there
    things = {"radius": v.radius * n.size, "stain": v.stain * n.stain}
    there = jnp.repeat(chosen(chain, v.there), 14) & (n.there < 0.85)

    def draw(window, y, x, t):
        inside = t.radius - jnp.sqrt(y**2 + x**2 + 1e-6)
        ball = 0.75 + 0.25 * jnp.clip(inside / t.radius, 0, 1)
        ball = ball - 0.35 * ridge(inside - t.radius, 1.2)
        return jnp.minimum(window, 1 - t.stain * ball * rise(inside, 1.8))

    image = stamp(flat(1.0), points, things, draw, 10, there)
    image = v.paper * image * (1 - v.smear * (1 + noise(w[1], 9.0, 1.0)))
    return expose(u[5], w[2], image, (0.6, 1.3), (0.02, 0.05))


def embryo(key: jax.Array) -> jax.Array:
    """An early embryo: blastomeres inside a clear shell, in bright field with oblique light."""
    u, w = randomness(key, 3, 5)
    v = vary(
        u[0],
        y=(100, 156),
        x=(100, 156),
        radius=(72, 100),
        shell=(8, 14),
        cells=(2, 16),
        grey=(0.45, 0.65),
        light=(0, TURN),
        bump=(1.0, 2.2),
        granule=(0.04, 0.12),
    )
    count = jnp.floor(v.cells)
    radius = v.radius - v.shell
    cell = radius * 0.98 / jnp.sqrt(count) ** 0.8
    n = vary(u[1], 16, size=(0.85, 1.1), aspect=(1, 1.15), angle=(0, math.pi), jitter=(-0.5, 0.5))
    index = jnp.arange(16)
    # A sunflower spiral fills the disc evenly whatever the number of cells.
    out = jnp.maximum(radius - cell * 0.9, 0) * jnp.sqrt((index + 0.5) / count)
    turn = 2.4 * index + v.light + n.jitter
    centre = jnp.stack([v.y, v.x])
    points = centre + out[:, None] * jnp.stack([jnp.sin(turn), jnp.cos(turn)], -1)
    things = {"radius": cell * n.size, "aspect": n.aspect, "angle": n.angle}

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.02, t.angle)
        dome = jnp.sqrt(jnp.clip(inside * (2 * t.radius - inside), 0, None) + 1e-6)
        return jnp.maximum(window, dome)

    dome = stamp(flat(), points, things, draw, 88, index < count)
    from_centre = jnp.sqrt((ROWS - v.y) ** 2 + (COLUMNS - v.x) ** 2)
    from_centre = from_centre * (1 + 0.015 * noise(w[0], 60.0, 4.0))
    rim = ridge(from_centre - v.radius, 1.3) + 0.7 * ridge(from_centre - radius, 1.3)
    granules = noise(w[1], 1.8, 1.2) * (dome > 1)
    shade = relief(blur(dome, 2.0), v.light, v.bump * 0.45) - math.sqrt(0.5)
    image = v.grey + 0.9 * shade + v.granule * granules - 0.28 * rim
    image = image + 0.06 * rise(v.radius - from_centre, 3.0) + 0.02 * noise(w[2], 40.0, 3.0)
    debris = noise(w[3], 4.0, 3.0)
    image = image - 0.25 * rise(debris - 3.0, 0.6)
    return expose(u[2], w[4], image, (0.7, 1.6), (0.01, 0.04))


def fibroblasts(key: jax.Array) -> jax.Array:
    """Adherent cells in phase contrast: spindly, bright-rimmed, with granules and a nucleus."""
    u, w = randomness(key, 4, 6)
    v = vary(
        u[0],
        radius=(13, 22),
        aspect=(1.5, 3),
        density=(0.35, 1),
        grey=(0.38, 0.55),
        rim=(0.2, 0.5),
        align=(40, 120),
        mess=(0.2, 1.5),
        ruffle=(4, 9),
        granule=(0.05, 0.16),
    )
    points = spread(u[1], 70, v.radius * 1.8)
    flow = at(noise(w[0], v.align, 4.0), points) * 1.5
    n = vary(
        u[2], 70, size=(0.7, 1.15), aspect=(0.6, 1.2), turn=(-1, 1), phase=(0, TURN), there=(0, 1)
    )
    things = {
        "radius": v.radius * n.size,
        "aspect": jnp.maximum(v.aspect * n.aspect, 1),
        "angle": flow + v.mess * n.turn,
        "phase": n.phase,
    }

    def draw(window, y, x, t):
        height, nucleus = window
        inside = blob(y, x, t.radius, t.aspect, t.angle, 0.18, t.phase)
        core = blob(y, x, t.radius * 0.36, 1.4, t.angle)
        return jnp.maximum(height, inside), jnp.maximum(nucleus, core)

    height, nucleus = stamp(
        (flat(-20.0), flat(-20.0)), points, things, draw, 64, chosen(n.there, v.density)
    )
    dy, dx = v.ruffle * noise(w[1], 9.0), v.ruffle * noise(w[2], 9.0)
    height, nucleus = warp(height, dy, dx), warp(nucleus, dy, dx)
    body = rise(height, 2.0)
    image = v.grey - 0.1 * body + v.granule * body * noise(w[3], 1.5, 1.2)
    image = image + v.rim * (
        ridge(height + 1.5, 1.6) + 0.3 * jnp.exp(-jnp.abs(height + 4) / 5) * (1 - body)
    )
    image = image - 0.22 * ridge(height - 2.0, 1.5) - 0.16 * ridge(nucleus, 1.3)
    image = image + 0.05 * rise(nucleus, 2.0) + 0.015 * noise(w[4], 3.0, 1.0)
    return expose(u[3], w[5], image, (0.6, 1.4), (0.01, 0.05))


def pollen(key: jax.Array) -> jax.Array:
    """Pollen in the scanning electron microscope: spiny or netted balls, lit from one side."""
    u, w = randomness(key, 4, 4)
    v = vary(
        u[0],
        radius=(38, 74),
        spines=(0, 1),
        wave=(7, 14),
        bump=(0.6, 1.5),
        light=(-2.6, -0.5),
        base=(0.03, 0.2),
        gain=(0.75, 1.0),
        aspect=(1, 1.35),
        pit=(-1, 1),
    )
    points = spread(u[1], 20, v.radius * 1.9, 40.0)
    n = vary(u[2], 20, size=(0.85, 1.1), angle=(0, math.pi), there=(0, 1), depth=(0, 12))
    things = {"radius": v.radius * n.size, "angle": n.angle, "depth": n.depth}

    def draw(window, y, x, t):
        inside = blob(y, x, t.radius, v.aspect, t.angle, 0.01, t.angle)
        ball = jnp.sqrt(jnp.clip(inside * (2 * t.radius - inside), 0, None) + 1e-4)
        ball = jnp.where(inside > 0, ball + t.depth, -1.0)
        return jnp.maximum(window, ball)

    ball = stamp(flat(-1.0), points, things, draw, 96, chosen(n.there, 0.8))
    inside = ball > 0
    wave = ripples(w[0], v.wave, 0.12)
    net = jnp.exp(-jnp.abs(wave) / 0.35) * v.wave * 0.22
    spines = jnp.maximum(wave - 0.6, 0) * v.wave * 0.5
    surface = jnp.where(v.spines > 0.5, spines, net * jnp.sign(v.pit))
    height = jnp.where(inside, ball * 0.55 + v.bump * surface + 0.15 * noise(w[1], 1.5), -2.0)
    shade = relief(blur(height, 0.8), v.light, 1.0)
    # Edges glow in secondary electrons.
    slope_y, slope_x = jnp.gradient(blur(ball, 1.5))
    edge = jnp.clip((slope_y**2 + slope_x**2) / 9, 0, 1) * inside
    image = jnp.where(inside, v.gain * (0.1 + 0.85 * shade) + 0.2 * edge, v.base)
    image = image + 0.03 * noise(w[2], 20.0, 1.5) * (1 - inside)
    return expose(u[3], w[3], image, (0.5, 1.0), (0.03, 0.08))


def diatoms(key: jax.Array) -> jax.Array:
    """Diatom frustules in dark or bright field: ribbed boats and discs with a clear outline."""
    u, w = randomness(key, 4, 3)
    v = vary(
        u[0],
        radius=(18, 34),
        period=(3.6, 8.0),
        dark=(0, 1),
        density=(0.4, 1),
        gain=(0.3, 0.5),
        round=(0, 1),
    )
    points = spread(u[1], 60, v.radius * 1.7)
    n = vary(
        u[2],
        60,
        size=(0.6, 1.1),
        aspect=(1.6, 4.0),
        angle=(0, math.pi),
        light=(0.5, 1),
        there=(0, 1),
        period=(0.8, 1.25),
        disc=(0, 1),
    )
    disc = n.disc < 0.6 * v.round
    things = {
        "radius": v.radius * n.size,
        "angle": n.angle,
        "aspect": jnp.where(disc, 1.0, n.aspect),
        "light": n.light,
        "period": v.period * n.period,
        "disc": disc * 1.0,
    }

    def draw(window, y, x, t):
        across, along = turned(t.angle, y, x)
        root = jnp.sqrt(t.aspect)
        half, wide = t.radius * root, t.radius / root
        # A boat is the overlap of two circles, a disc has rays instead of ribs.
        boat = wide * (1 - (along / half) ** 2) - jnp.abs(across)
        round_ = t.radius - jnp.sqrt(y**2 + x**2 + 1e-6)
        inside = jnp.where(t.disc > 0, round_, boat)
        turn = jnp.arctan2(y, x)
        rays = wave(turn / TURN * jnp.round(t.radius * 4 / t.period))
        rings = 0.5 + 0.5 * wave(round_ / t.period / 1.3)
        ribs = jnp.where(t.disc > 0, rays * rings, wave(along / t.period))
        spine = jnp.where(t.disc > 0, ridge(t.radius - round_ - 5, 2.5), ridge(across, 1.3))
        body = t.light * (0.25 + 0.22 * ribs + 0.3 * spine) * rise(inside - 2, 2.0)
        body = body + t.light * 0.75 * ridge(inside - 1, 1.2)
        return jnp.maximum(window, body)

    body = stamp(flat(), points, things, draw, 80, chosen(n.there, v.density))
    dust = rise(noise(w[0], 1.6, 2.0) - 3.1, 0.5) * 0.5
    light = 0.06 + 2.0 * v.gain * (body + dust)
    image = jnp.where(v.dark > 0.5, light, 0.85 - 1.5 * v.gain * (body + dust))
    image = image + 0.025 * noise(w[1], 12.0, 1.0)
    return expose(u[3], w[2], image, (0.5, 1.1), (0.01, 0.05))
