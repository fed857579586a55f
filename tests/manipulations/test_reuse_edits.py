"""What re-use in figures does to an image, each edit by hand or beside another library."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image

from imgforensics.manipulations import (
    annotations,
    brush,
    degrade,
    jpeg,
    print_scan,
    ranges,
    recipe,
    resampling,
    retouch,
)

ADDED = ("retouch", "brush", "resampling", "lines", "ring", "frame", "print_scan", "earlier_jpeg")
SIDE = 32
IMAGE = jax.random.uniform(jax.random.key(0), (SIDE, SIDE))
SOURCES = jax.random.randint(jax.random.key(1), (2, 64, 64), 0, 256).astype(jnp.uint8)


def spots(centre, radius):
    none = retouch.MOST - 1
    return retouch.Spots(
        jnp.array([centre, *[(0.0, 0.0)] * none]),
        jnp.array([(radius, radius), *[(0.0, 0.0)] * none]),
        jnp.zeros(retouch.MOST),
    )


# Retouching


def test_a_healed_spot_takes_its_level_from_around_it():
    row, column = np.mgrid[:SIDE, :SIDE]
    there = np.hypot(row - 16, column - 16) < 3
    image = jnp.where(there, 1.0, 0.3 + 0.2 * column / SIDE)
    healed = retouch.retouch(image, spots((0.5, 0.5), 0.2), jnp.bool_(False), jnp.zeros(2))
    np.testing.assert_allclose(healed[15:18, 15:18], 0.4, atol=0.02)
    outside = np.hypot(row - 16, column - 16) > 0.2 * SIDE
    np.testing.assert_array_equal(healed[outside], image[outside])


def test_a_cloned_spot_is_another_part_of_the_image():
    cloned = retouch.retouch(
        IMAGE, spots((0.5, 0.5), 0.2), jnp.bool_(True), jnp.array([0.25, -0.125])
    )
    np.testing.assert_allclose(cloned[14:19, 14:19], IMAGE[22:27, 10:15], atol=1e-6)


def test_without_spots_nothing_is_retouched():
    for cloned in (True, False):
        made = retouch.retouch(IMAGE, spots((0.5, 0.5), 0.0), jnp.bool_(cloned), jnp.ones(2) / 4)
        np.testing.assert_array_equal(made, IMAGE)


def test_an_image_that_is_covered_all_over_stays():
    healed = retouch.heal(IMAGE, jnp.ones_like(IMAGE), 2.0)
    np.testing.assert_array_equal(healed, IMAGE)


# Painted brightness


def test_a_stroke_lightens_or_darkens_along_its_line():
    ends = jnp.array([[[0.25, 0.25], [0.25, 0.75]], [[0.75, 0.0], [0.75, 1.0]]])
    strokes = brush.Strokes(ends, jnp.array([0.15, 0.15]), jnp.array([1.0, -1.0]))
    painted = brush.paint(IMAGE, strokes)
    np.testing.assert_allclose(painted[8, 8:24], 1, atol=1e-6)
    np.testing.assert_allclose(painted[24], 0, atol=1e-6)
    np.testing.assert_array_equal(painted[16], IMAGE[16])
    assert (painted[8, :3] == IMAGE[8, :3]).all()  # beyond the end of the first one
    half = brush.paint(IMAGE, strokes._replace(amount=jnp.array([0.5, 0.0])))
    np.testing.assert_allclose(half[8, 8:24], IMAGE[8, 8:24] / 2 + 0.5, atol=1e-6)
    np.testing.assert_array_equal(half[24], IMAGE[24])


# Resampling


@pytest.mark.parametrize("small", [9, 20, 32])
def test_it_is_reduced_and_enlarged_as_by_pillow(small):
    filters = (Image.Resampling.BOX, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC)
    page = Image.fromarray(np.asarray(IMAGE))
    for down, reduces in enumerate(filters):
        for up, enlarges in enumerate(filters):
            between = page.resize((small, small), reduces)
            expected = np.clip(between.resize((SIDE, SIDE), enlarges), 0, 1)
            made = resampling.down_and_up(IMAGE, small / SIDE, down, up)
            np.testing.assert_allclose(made, expected, atol=2e-5, err_msg=f"{down} {up}")


def test_one_pixel_is_left_of_a_tiny_image():
    made = resampling.down_and_up(IMAGE, 1e-3, 1, 1)
    np.testing.assert_allclose(made, made[0, 0], atol=1e-6)


# Lines, rings, frames


def lines(kind, length=0.5, width=2.0, angle=0.0):
    most = annotations.MOST
    return annotations.Lines(
        jnp.full(most, annotations.KINDS.index(kind)),
        jnp.full((most, 2), 0.5),
        jnp.full(most, angle),
        jnp.full(most, length),
        jnp.array([width] + [0.0] * (most - 1)),
        jnp.full(most, 0.75),
    )


def inked(made):
    return np.asarray(made) > 0.7


def test_a_bar_is_as_long_and_as_wide_as_it_says():
    ink = inked(annotations.draw_on(jnp.zeros((SIDE, SIDE)), lines("bar")))
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    assert len(rows) in (1, 2, 3) and abs(rows.mean() - 16) <= 0.5
    assert abs(columns[0] - 8) <= 1 and abs(columns[-1] - 24) <= 1
    upright = annotations.draw_on(jnp.zeros((SIDE, SIDE)), lines("bar", angle=np.pi / 2))
    np.testing.assert_array_equal(inked(upright), ink.T)


def test_an_arrow_has_its_head_at_one_end_and_a_bracket_legs_at_both():
    thick = {}
    for kind in ("arrow", "bracket"):
        ink = inked(annotations.draw_on(jnp.zeros((SIDE, SIDE)), lines(kind, width=1.5)))
        thick[kind] = ink[:, 8:25].sum(0)
    assert thick["arrow"][-5:-1].mean() > 1.5 * thick["arrow"][:8].mean()
    assert min(thick["bracket"][[0, -1]]) > 1.5 * thick["bracket"][4:-4].mean()


def test_a_ring_is_drawn_at_its_radii():
    ring = annotations.Ring(
        jnp.array([0.5, 0.5]), jnp.array([0.25, 0.4]), jnp.float32(2), jnp.float32(1)
    )
    ink = inked(annotations.draw_ring(jnp.zeros((SIDE, SIDE)), ring))
    for place in ((16, 16 + 13), (16, 16 - 13), (16 + 8, 16), (16 - 8, 16)):
        assert ink[place]
    assert not ink[12:21, 9:24].any() and not ink[:6].any() and not ink[:, :2].any()


def test_a_frame_covers_strips_of_its_widths():
    widths = jnp.array([4, 0, -2, 1]) / SIDE
    framed = annotations.draw_frame(IMAGE, widths, jnp.float32(0.5))
    np.testing.assert_array_equal(framed[4:, :-1], IMAGE[4:, :-1])
    assert (framed[:4] == 0.5).all() and (framed[:, -1] == 0.5).all()


# Printing and scanning


PAGE = print_scan.Page(
    *map(jnp.asarray, (False, 4.0, 0.3, 1.0, 2.0, 0.0, 1.0)), jnp.zeros(2), jnp.float32(0), 0.05
)


def test_perfect_printing_changes_nothing():
    np.testing.assert_allclose(print_scan.print_and_scan(IMAGE, PAGE), IMAGE, atol=1e-5)


def test_ink_and_paper_are_the_ends_of_the_scale():
    page = PAGE._replace(ink=0.2, paper=0.9)
    ends = [print_scan.print_and_scan(jnp.full((8, 8), level), page) for level in (0.0, 1.0)]
    np.testing.assert_allclose([end.mean() for end in ends], [0.2, 0.9], atol=1e-5)


def test_the_light_falls_off_and_slopes():
    white = jnp.full((SIDE, SIDE), 0.5)
    fallen = print_scan.print_and_scan(white, PAGE._replace(fall=0.2))
    np.testing.assert_allclose([fallen[16, 16], fallen[0, 0]], [0.5, 0.4], atol=1e-3)
    sloped = print_scan.print_and_scan(white, PAGE._replace(slope=jnp.array([0.2, 0.0])))
    np.testing.assert_allclose([sloped[0].mean(), sloped[-1].mean()], [0.45, 0.55], atol=1e-5)


def test_a_screen_has_its_period_and_angle_and_more_paper_where_it_is_brighter():
    page = PAGE._replace(halftone=jnp.asarray(True), roundness=0.0, hardness=4.0, angle=np.pi / 2)
    share = [
        float(print_scan.print_and_scan(jnp.full((SIDE, SIDE), level), page).mean())
        for level in (0.2, 0.5, 0.8)
    ]
    assert share[0] < share[1] - 0.1 < share[2] - 0.2
    lined = np.asarray(print_scan.print_and_scan(jnp.full((SIDE, SIDE), 0.5), page))
    np.testing.assert_allclose(lined, np.broadcast_to(lined[:, :1], lined.shape), atol=1e-4)
    np.testing.assert_allclose(lined[4:], lined[:-4], atol=1e-4)
    assert np.ptp(lined[:, 0]) > 0.9


def test_a_screen_is_turned_by_its_angle():
    page = PAGE._replace(halftone=jnp.asarray(True), roundness=0.0, hardness=1.0, angle=0.4)
    row, column = np.mgrid[:SIDE, :SIDE]
    phase = 2 * np.pi / 4 * (row * np.sin(0.4) + column * np.cos(0.4))
    expected = np.clip(0.5 - 0.5 * np.cos(phase), 0, 1)
    made = print_scan.print_and_scan(jnp.full((SIDE, SIDE), 0.5), page)
    np.testing.assert_allclose(made, expected, atol=1e-3)


# JPEG whose blocks lie elsewhere


def test_blocks_begin_outside():
    np.testing.assert_array_equal(jpeg.jpeg_elsewhere(IMAGE, 30, (0, 0)), jpeg.jpeg(IMAGE, 30))
    shifted = jpeg.jpeg_elsewhere(IMAGE, 30, (3, 5))
    larger = jpeg.jpeg(jnp.pad(IMAGE, ((3, 5), (5, 3)), mode="edge"), 30)
    np.testing.assert_array_equal(shifted, larger[3:-5, 5:-3])


# All of them


def only(step):
    """A config that does one step of them, always."""
    config = ranges.reuse()
    config.output_size = SIDE
    for other in degrade.STEPS:
        config[other].probability = float(other == step)
    return config


@pytest.fixture(scope="module")
def made():
    @functools.cache
    def make(step):
        config = only(step)
        images = jnp.concatenate(
            [IMAGE[None], jnp.zeros_like(IMAGE)[None], jnp.ones_like(IMAGE)[None]]
        )
        each = lambda key, image: degrade.degrade(image, degrade.draw_degradation(key, config))  # noqa: E731
        keys = jax.random.split(jax.random.key(5), 60)
        images = jnp.tile(images, (20, 1, 1))
        return images, jax.jit(jax.vmap(each))(keys, images), each(keys[30], images[30])

    return make


@pytest.mark.parametrize("step", ADDED)
def test_every_edit_stays_in_range_and_is_the_same_alone_and_in_a_batch(made, step):
    images, batch, alone = made(step)
    assert batch.dtype == jnp.float32 and batch.shape == images.shape
    assert jnp.isfinite(batch).all() and batch.min() >= -1e-6 and batch.max() <= 1 + 1e-6
    changed = jnp.abs(batch - images).max(axis=(1, 2))[::3] > 1e-3
    assert changed.mean() > 0.5
    assert jnp.abs(batch[30] - alone).mean() < 1e-3


def test_re_use_does_every_step_at_its_rate():
    config = ranges.reuse()
    assert degrade.steps(config) == list(degrade.STEPS)
    drawn = jax.jit(jax.vmap(lambda key: degrade.draw_degradation(key, config)))(
        jax.random.split(jax.random.key(3), 4000)
    )
    assert set(ADDED) < set(drawn)
    for step, (done, _) in drawn.items():
        assert abs(float(done.mean()) - config[step].probability) < 0.03, step
    (found, cloned, offset), (strokes,) = drawn["retouch"].parameters, drawn["brush"].parameters
    assert set(np.unique((found.radii > 0).all(2).sum(1))) == {1, 2, 3}
    assert set(np.unique((strokes.amount != 0).sum(1))) == {1, 2}
    assert abs(float(cloned.mean()) - config.retouch.cloned) < 0.03
    [marks] = drawn["lines"].parameters
    assert set(np.unique((marks.width > 0).sum(1))) == {1, 2, 3}
    for gray in (marks.gray, drawn["ring"].parameters[0].gray, drawn["frame"].parameters[1]):
        assert gray.min() == 0 and gray.max() == 1 and ((gray > 0) & (gray < 1)).any()
    factor, down, up = drawn["resampling"].parameters
    assert set(np.unique(down)) == set(np.unique(up)) == {0, 1, 2}
    for field, values in {
        "retouch.offset": offset,
        "retouch.centre": found.centre,
        "brush.width": strokes.width,
        "resampling.factor": factor,
        "lines.length": marks.length,
        "ring.radius": drawn["ring"].parameters[0].radii,
        "frame.width": drawn["frame"].parameters[0],
        "print_scan.period": drawn["print_scan"].parameters[0].period,
        "print_scan.slope": drawn["print_scan"].parameters[0].slope,
        "earlier_jpeg.quality": drawn["earlier_jpeg"].parameters[0],
    }.items():
        section, name = field.split(".")
        low, high = config[section][name]
        assert low <= values.min() and values.max() <= high, field
        assert values.max() - values.min() > 0.9 * (high - low) - 1e-6 * high - 1 * (
            name == "quality"
        ), field


@pytest.mark.parametrize("named", ["v01", "v02", "wide"])
def test_configs_that_lack_the_edits_give_what_they_gave(named):
    """And those that have them turned off: the same program, and so the same bits."""

    def program(config):
        return str(
            jax.make_jaxpr(lambda key: recipe.triplet(key, *SOURCES, config))(jax.random.key(0))
        )

    config = ranges.NAMED[named]()
    config.output_size = SIDE
    before = config.copy_and_resolve_references()
    for section in (*ADDED, "overlap"):
        assert config[section].probability == 0
        del before[section]
    ranges.check(before)
    assert program(before) == program(config)
    config.retouch.probability = 0.1
    assert program(before) != program(config)


def test_edits_change_no_draw_of_the_wide_ranges():
    key = jax.random.key(7)
    wide = degrade.draw_degradation(key, ranges.wide())
    drawn = degrade.draw_degradation(key, ranges.reuse())
    for step, expected in wide.items():
        for one, other in zip(jax.tree.leaves(drawn[step]), jax.tree.leaves(expected), strict=True):
            assert (one == other).all(), step
