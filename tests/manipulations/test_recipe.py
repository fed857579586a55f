"""The recipe: which draws it makes how often, and what becomes of an image."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from imgforensics.manipulations import (
    clutter,
    crop,
    geometry,
    jpeg,
    local_edit,
    photometric,
    ranges,
    recipe,
)

COUNT = 20000
SCALE = {"v01": (75, 125), "v02": (50, 150)}  # percent
GAMMA = {"v01": (75, 125), "v02": (50, 200)}  # percent


def keys(count, seed=0):
    return jax.random.split(jax.random.key(seed), count)


def everything():
    """The later revision, with the edit that it holds but does not use."""
    config = ranges.v02()
    config.local_edit.replace = 0.5
    return config


def never(config):
    """No deformation and no clutter."""
    for step in recipe.STEPS:
        config[step].probability = 0.0
    config.clutter.update(rectangle=0.0, text=0.0)
    return config


@pytest.fixture(scope="module", params=["v01", "v02"])
def version(request):
    return request.param


@pytest.fixture(scope="module")
def config(version):
    return getattr(ranges, version)()


@pytest.fixture(scope="module")
def drawn(config):
    draw = jax.jit(jax.vmap(lambda key: recipe.draw_deformation(key, config)))
    return jax.tree.map(np.asarray, draw(keys(COUNT)))


@pytest.fixture(scope="module")
def drawn_clutter(config):
    draw = jax.jit(jax.vmap(lambda key: clutter.draw_clutter(key, config)))
    return jax.tree.map(np.asarray, draw(keys(COUNT)))


def assert_share(chosen, probability):
    """Five standard deviations of a binomial: a sound draw fails once in two million."""
    sigma = np.sqrt(probability * (1 - probability) / chosen.size)
    assert abs(chosen.mean() - probability) <= 5 * sigma


def assert_uniform_integers(values, low, high):
    found, counts = np.unique(values, return_counts=True)
    np.testing.assert_array_equal(found, np.arange(low, high))
    expected = values.size / (high - low)
    assert np.abs(counts - expected).max() <= 6 * np.sqrt(expected)


def assert_uniform_reals(values, low, high):
    assert low <= values.min() and values.max() <= high
    assert_share(values < low + (high - low) / 4, 0.25)
    assert_share(values < (low + high) / 2, 0.5)
    assert_share(values < high - (high - low) / 4, 0.75)


def test_steps_come_with_their_probabilities(version, drawn):
    steps = [step for step in recipe.STEPS if step != "jpeg" or version == "v02"]
    for step in recipe.STEPS:
        assert_share(drawn.done[step], 0.9 * (step in steps) / 2)
    none = ~np.any([drawn.done[step] for step in steps], axis=0)
    assert_share(none, 0.1 + 0.9 * 0.5 ** len(steps))
    both = drawn.done["gamma"] & drawn.done["similarity"]
    assert_share(both, 0.9 * 0.25)


def test_geometry_is_uniform_over_its_ranges(version, drawn):
    reflection, perspective, similarity = drawn.geometry
    assert_share(reflection.left_right, 0.5)
    assert_share(reflection.up_down, 0.5)
    assert_share(reflection.left_right & reflection.up_down, 0.25)
    assert perspective.offsets.shape == (COUNT, 4, 2)
    assert_uniform_integers(perspective.offsets, -20, 20)
    assert_uniform_integers(similarity.angle, -45, 45)
    assert_uniform_integers(similarity.percent, *SCALE[version])
    assert_uniform_integers(similarity.translation[:, 0], -20, 20)
    assert_uniform_integers(similarity.translation[:, 1], -20, 20)


def test_histograms_are_uniform_over_their_ranges(version, drawn):
    assert_uniform_integers(np.round(drawn.exponent * 100).astype(int), *GAMMA[version])
    assert_uniform_integers(drawn.quality, 10, 50)


def test_local_edits_are_uniform_over_their_ranges(drawn):
    edit = drawn.local_edit
    assert_share(edit.kind == local_edit.KINDS.index("erase"), 0.5)
    assert_share(edit.kind == local_edit.KINDS.index("local_contrast"), 0.5)
    for centre, radius in (edit.erase, edit.local_contrast[:2]):
        assert_uniform_integers(centre, 12, 115)
        assert_uniform_integers(radius, 6, 25)
    assert_uniform_reals(edit.local_contrast[2], 1.5, 2)
    centre, radius, source = edit.replace
    assert_uniform_integers(np.stack([centre, source]), 38, 89)
    assert_uniform_integers(radius, 6, 19)


def test_clutter_is_uniform_over_its_ranges(drawn_clutter):
    kind, rectangle, text = drawn_clutter
    for index, probability in enumerate((0.5, 0.25, 0.25)):
        assert_share(kind == index, probability)
    assert_uniform_integers(rectangle.corner, 0, 64)
    assert_uniform_integers(rectangle.sides, 42, 64)
    assert_uniform_integers(rectangle.line_width, 1, 3)
    assert_uniform_reals(rectangle.gray, 0, 1)
    assert_uniform_integers(text.face, 0, 8)
    assert text.letters.shape == (COUNT, 14)
    assert_uniform_integers(text.letters, 0, 52)
    assert_uniform_integers(text.length, 5, 15)
    assert_uniform_integers(text.corner[:, 0], 0, 64)
    assert_uniform_integers(text.corner[:, 1], 0, 128)
    assert_uniform_reals(text.gray, 0.75, 1)


def test_draws_of_different_parameters_are_independent(drawn):
    columns = [
        drawn.geometry.similarity.angle,
        drawn.geometry.similarity.percent,
        *drawn.geometry.similarity.translation.T,
        drawn.exponent,
        drawn.quality,
        *drawn.geometry.perspective.offsets.reshape(COUNT, 8).T,
        *(drawn.done[step] for step in ("reflection", "perspective")),
        *drawn.local_edit.erase[0].T,
        drawn.local_edit.local_contrast[2],
    ]
    correlation = np.corrcoef(np.array(columns, float))
    # The steps share the draw of an untouched image, and so are correlated by design.
    off_diagonal = correlation[~np.eye(len(columns), dtype=bool)]
    assert np.sort(np.abs(off_diagonal))[:-2].max() < 5 / np.sqrt(COUNT)


@pytest.mark.parametrize("step", recipe.STEPS)
def test_every_step_is_the_same_alone_under_jit_and_under_vmap(step, images):
    config = never(everything())
    config.identity_probability, config[step].probability = 0.0, 1.0
    config.subtract_minimum = False

    def deform(key):
        return recipe.deform(key, images[0], config)

    one_by_one = jnp.stack([deform(key) for key in keys(4)])
    compiled, batched = jax.jit(deform), jax.jit(jax.vmap(deform))
    np.testing.assert_allclose(batched(keys(4)), one_by_one, atol=2e-5)
    np.testing.assert_allclose([compiled(key) for key in keys(4)], one_by_one, atol=2e-5)
    assert one_by_one.dtype == jnp.float32 and one_by_one.shape == (4, 128, 128)
    assert len({image.tobytes() for image in np.asarray(one_by_one)}) > 1


def test_a_batch_is_its_examples(make_everything, images):
    many = jnp.asarray(np.tile(images, (10, 1, 1)))
    batch = make_everything(keys(60), many, many[::-1])
    assert all(part.shape == (60, 128, 128) and part.dtype == jnp.float32 for part in batch)
    make = jax.jit(lambda *arguments: recipe.triplet(*arguments, everything()))
    for part, expected in zip(batch, make(keys(60)[1], images[1], images[4])):
        # JPEG may turn a difference in the last bit into another coefficient.
        assert np.abs(part[1] - expected).mean() < 1e-3


def test_bytes_and_floats_give_the_same_image(images):
    make = jax.jit(jax.vmap(lambda key, image: recipe.deform(key, image, ranges.v01())))
    floats = images.astype(np.float32) / 255
    np.testing.assert_allclose(make(keys(6), images), make(keys(6), floats), atol=1e-5)


def test_without_steps_only_crop_and_minimum_remain(images):
    config = never(ranges.v02())
    anchor, same, different = recipe.triplet(jax.random.key(0), images[0], images[1], config)
    crops = [crop.central_crop(image, 128) for image in images[:2]]
    np.testing.assert_array_equal(anchor, crops[0])
    np.testing.assert_allclose(same, crop.subtract_minimum(crops[0]), atol=1e-7)
    np.testing.assert_allclose(different, crop.subtract_minimum(crops[1]), atol=1e-7)
    config.subtract_minimum = False
    same = recipe.deform(jax.random.key(0), images[0], config)
    np.testing.assert_allclose(same, crops[0], atol=1e-7)


def test_different_image_may_be_only_cropped(images):
    config = ranges.v01()
    config.deform_different = False
    config.clutter.update(rectangle=0.0, text=0.0)
    _, same, different = recipe.triplet(jax.random.key(0), images[0], images[1], config)
    np.testing.assert_array_equal(different, crop.central_crop(images[1], 128))
    assert np.any(same != crop.central_crop(images[0], 128))


def test_the_drawn_steps_are_done_in_order_and_no_others(images):
    config = everything()
    draw = jax.jit(lambda key: recipe.draw_deformation(key, config))
    apply = jax.jit(lambda image, drawn: recipe.apply_deformation(image, drawn, config))
    seen = set()
    for key, image in zip(keys(6, seed=4), images):
        drawn = draw(key)
        done = {step for step, is_done in drawn.done.items() if is_done}
        expected = crop.subtract_minimum(
            geometry.warp(
                jnp.asarray(image),
                geometry.Geometry(
                    **{
                        step: drawn_step
                        for step, drawn_step in drawn.geometry._asdict().items()
                        if step in done
                    }
                ),
                128,
            )
        )
        if "jpeg" in done:
            expected = jpeg.jpeg(expected, drawn.quality)
        if "gamma" in done:
            expected = photometric.gamma(expected, drawn.exponent)
        if "local_edit" in done:
            expected = local_edit.local_edit(expected, drawn.local_edit, config)
        # JPEG may turn a difference in the last bit into another coefficient.
        assert np.abs(apply(image, drawn) - expected).mean() < 1e-3
        seen |= {(step, step in done) for step in recipe.STEPS}
    assert len(seen) == 2 * len(recipe.STEPS)  # each was done and left out


def test_certain_steps_are_always_done():
    config = ranges.v02()
    config.identity_probability = 0.0
    for step in recipe.STEPS:
        config[step].probability = 1.0
    drawn = jax.vmap(lambda key: recipe.draw_deformation(key, config))(keys(100))
    assert all(done.all() for done in drawn.done.values())
    config.identity_probability = 1.0
    drawn = jax.vmap(lambda key: recipe.draw_deformation(key, config))(keys(100))
    assert not any(done.any() for done in drawn.done.values())


@pytest.mark.parametrize("kind", ["rectangle", "text"])
def test_certain_clutter_is_always_there(kind, crop):
    config = ranges.v01()
    config.clutter.update(rectangle=0.0, text=0.0)
    config.clutter[kind] = 1.0
    cluttered = jax.vmap(lambda key: clutter.random_clutter(key, crop, config))(keys(20))
    changed = jnp.mean(cluttered != crop, axis=(1, 2))
    # Text may start below the last row that an ascender reaches.
    assert (changed > 0).sum() >= (20 if kind == "rectangle" else 15) and changed.max() < 0.2


def test_steps_of_probability_zero_are_not_compiled(images):
    def program(config):
        return (
            jax.jit(lambda key: recipe.deform(key, images[0], config))
            .lower(jax.random.key(0))
            .as_text()
        )

    assert "dot_general" in program(ranges.v02())
    assert "dot_general" not in program(ranges.v01())
    assert len(program(never(ranges.v01()))) < len(program(ranges.v01()))


def test_second_call_does_not_compile_again(make_everything, images):
    for seed in range(2):
        many = jnp.asarray(np.tile(images, (10, 1, 1)) + seed)
        make_everything(keys(60, seed), many, many)
    assert make_everything._cache_size() == 1


@pytest.fixture(scope="module")
def make_everything():
    """Triplets by keys, anchors and others; compiled once for [60, 256, 256] bytes."""
    config = everything()
    return jax.jit(lambda keys, anchors, others: recipe.triplets(keys, anchors, others, config))


@pytest.mark.parametrize("level", [0, 77, 255])
def test_flat_images_give_numbers_in_range(make_everything, level):
    flat = jnp.full((60, 256, 256), level, jnp.uint8)
    for part in make_everything(keys(60), flat, flat):
        assert jnp.isfinite(part).all()
        assert part.min() >= 0 and part.max() <= 1


def test_triplets_stay_in_range_and_differ(make_everything, images):
    many = jnp.asarray(np.tile(images, (10, 1, 1)))
    batch = make_everything(keys(60), many, many)
    for part in batch:
        assert part.min() >= 0 and part.max() <= 1
    # Two deformations with their own draws.
    assert jnp.mean(jnp.abs(batch[1] - batch[2]).max(axis=(1, 2)) > 0.05) > 0.8


def test_another_output_size(images):
    config = everything()
    config.output_size = 64
    triplets = jax.jit(lambda *arguments: recipe.triplets(*arguments, config))
    batch = triplets(keys(6), images, images[::-1])
    for part in batch:
        assert part.shape == (6, 64, 64) and jnp.isfinite(part).all()


def test_chunks_of_a_cpu_change_nothing(images, monkeypatch):
    config = never(ranges.v01())
    config.similarity.probability = config.clutter.rectangle = 0.5
    anchors, others = jnp.tile(images, (8, 1, 1)), jnp.tile(images[::-1], (8, 1, 1))

    def make():
        triplets = jax.jit(lambda *arguments: recipe.triplets(*arguments, config))
        return triplets(keys(48), anchors, others)

    monkeypatch.setattr(recipe, "_CHUNK", 16)
    chunked = make()
    monkeypatch.setattr(jax, "default_backend", lambda: "gpu")
    for ours, theirs in zip(chunked, make(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)
