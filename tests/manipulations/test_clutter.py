"""Rectangles against plain loops, text against Pillow's own."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from PIL import Image, ImageDraw

from imgforensics.manipulations import clutter, glyphs
from imgforensics.utils.errors import UserError

write = jax.jit(clutter.write, static_argnums=2)


@pytest.mark.parametrize("line_width", [1, 2])
@pytest.mark.parametrize(
    "x, y, width, height", [(25, 63, 58, 59), (0, 0, 42, 63), (63, 63, 63, 63)]
)
def test_rectangle(crop, x, y, width, height, line_width):
    expected = np.array(crop)
    for line in range(line_width):
        for i in range(width + 1):
            expected[y + line, min(x + i, 127)] = 0.4
            if y + height + line < 128:
                expected[y + height + line, min(x + i, 127)] = 0.4
        for j in range(height + 1):
            expected[min(y + j, 127), x + line] = 0.4
            if x + width + line < 128:
                expected[min(y + j, 127), x + width + line] = 0.4
    drawn = clutter.Rectangle(*map(jnp.asarray, ((x, y), (width, height), line_width, 0.4)))
    np.testing.assert_array_equal(jax.jit(clutter.draw_outline)(crop, drawn), expected)


def text(face, string, x, y, gray=0.8, longest=14):
    letters = [glyphs.LETTERS.index(letter) for letter in string]
    letters += [5] * (longest - len(letters))
    return clutter.Text(*map(jnp.asarray, (face, letters, len(string), (x, y), gray)))


def written_by_pillow(string, x, y, face, size=16):
    """Letter by letter, since Pillow moves some pairs of letters closer together."""
    page, font = Image.new("1", (128, 128)), glyphs.font(glyphs.FACES[face], size)
    for letter in string:
        ImageDraw.Draw(page).text((x, y), letter, fill=1, font=font)
        x += font.getlength(letter, mode="1")
    return np.asarray(page)


@pytest.mark.parametrize("face", range(len(glyphs.FACES)))
def test_text_is_that_of_pillow(crop, face):
    random = np.random.RandomState(face)
    for _ in range(40):
        string = "".join(random.choice(list(glyphs.LETTERS), random.randint(5, 15)))
        x, y = int(random.randint(0, 64)), int(random.randint(0, 128))
        expected = np.where(written_by_pillow(string, x, y, face), np.float32(0.8), crop)
        np.testing.assert_array_equal(write(crop, text(face, string, x, y), 16), expected)


@pytest.mark.parametrize("face", [i for i, face in enumerate(glyphs.FACES) if "Mono" in face])
def test_letters_of_one_width_are_a_line_of_pillow(face):
    page = Image.new("1", (128, 128))
    font = glyphs.font(glyphs.FACES[face], 16)
    ImageDraw.Draw(page).text((-3, 50), "AVjfTyWg", fill=1, font=font)
    ours = write(jnp.zeros((128, 128)), text(face, "AVjfTyWg", -3, 50, gray=1), 16)
    np.testing.assert_array_equal(ours, np.asarray(page, np.float32))


@pytest.mark.parametrize("size", [8, 24])
def test_other_font_sizes(size):
    ours = write(jnp.zeros((128, 128)), text(2, "jWfgly", 3, 40, gray=1), size)
    np.testing.assert_array_equal(ours, written_by_pillow("jWfgly", 3, 40, 2, size))


def test_atlas_has_all_letters_of_eight_different_faces():
    atlas = glyphs.atlas(16)
    assert atlas.columns.shape[:2] == (8, 52)
    assert atlas.columns.any(axis=-1).all()
    assert len({face.tobytes() for face in atlas.columns}) == 8
    assert glyphs.atlas(16) is atlas


@pytest.mark.parametrize("size", [0, 40])
def test_fonts_that_do_not_fit_are_refused(size):
    with pytest.raises(UserError, match=f"text.size is {size}"):
        glyphs.atlas(size)
