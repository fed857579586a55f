"""Which parts are taken for pictures, by their likelihoods and what is beside them."""

from imgforensics.panels import choice
from imgforensics.panels.panel import Box
from imgforensics.panels.parts import Part


def part(box, likelihood, *pieces):
    return Part(Box(*box), Box(*box), pieces, likelihood)


def row(top, bottom, *likelihoods):
    """Pieces of 100 pixels, side by side."""
    return [
        part((100 * number, top, 100 * number + 100, bottom), likelihood)
        for number, likelihood in enumerate(likelihoods)
    ]


def chosen(*tree):
    return choice.pictures(tree)


def test_a_part_that_is_likely_a_picture():
    assert chosen(part((0, 0, 200, 150), 0.6)) == [Box(0, 0, 200, 150)]
    assert chosen(part((0, 0, 200, 150), 0.3)) == []


def test_a_piece_of_a_part_needs_less():
    pieces = row(0, 100, 0.9, 0.3, 0.9)
    assert chosen(part((0, 0, 300, 100), 0.9, *pieces)) == [piece.box for piece in pieces]


def test_what_has_the_size_of_a_picture_needs_less():
    picture, same, other = (
        part((0, 0, 200, 150), 0.9),
        part((0, 300, 205, 452), 0.15),
        part((0, 600, 300, 750), 0.15),
    )
    assert chosen(picture, same, other) == [picture.box, same.box]
    assert chosen(same, other) == []
    assert chosen(picture, same._replace(likelihood=0.05)) == [picture.box]


def test_a_drawing_that_falls_into_pieces_is_none_of_them():
    """A few likely pieces are no reason, where most of the area is drawn."""
    assert chosen(part((0, 0, 400, 100), 0.9, *row(0, 100, 0.9, 0.9, 0.0, 0.0))) == []
    assert len(chosen(part((0, 0, 400, 100), 0.9, *row(0, 100, 0.9, 0.9, 0.9, 0.0)))) == 3


def test_of_many_pieces_nearly_all_must_be_likely():
    pieces = row(0, 100, *[0.7] * 13)
    assert chosen(part((0, 0, 1300, 100), 0.9, *pieces)) == []
    assert len(chosen(part((0, 0, 1200, 100), 0.9, *pieces[:12]))) == 12
    assert len(chosen(part((0, 0, 1300, 100), 0.9, *row(0, 100, *[0.9] * 13)))) == 13
    assert chosen(part((0, 0, 6100, 100), 0.9, *row(0, 100, *[0.9] * 61))) == []


def test_what_is_small_has_no_voice():
    """Letters and ticks fall into pieces too, beside pictures."""
    pictures = row(0, 300, 0.8, 0.8, 0.8)
    small = [part((20 * n, 310, 20 * n + 20, 330), 0.0) for n in range(30)]
    assert chosen(part((0, 0, 600, 330), 0.9, *pictures, *small)) == [
        piece.box for piece in pictures
    ]


def test_what_is_smaller_than_the_largest_has_a_voice_too():
    """Maps fall into one large piece, and many of a tenth of it."""
    large, small = (
        part((0, 0, 300, 100), 0.9),
        [part((0, y, 60, y + 50), 0.0) for y in range(100, 600, 50)],
    )
    assert chosen(part((0, 0, 300, 600), 0.9, large, *small)) == []


def test_a_drawing_does_not_take_pictures_beside_it_along():
    """It is a part of a part, and larger pictures stand above it."""
    pictures = row(0, 300, 0.9, 0.9, 0.9)
    drawing = part((0, 300, 300, 400), 0.5, *row(300, 400, 0.3, 0.1, 0.1))
    found = chosen(part((0, 0, 300, 400), 0.9, part((0, 0, 300, 300), 0.9, *pictures), drawing))
    assert found == [piece.box for piece in pictures]


def test_a_data_bar_is_left_out_however_likely():
    picture, bar = part((0, 0, 400, 300), 0.9), part((0, 300, 400, 330), 0.9)
    assert chosen(part((0, 0, 400, 330), 0.9, picture, bar)) == [picture.box]


def test_a_picture_in_a_larger_drawing_is_a_part_of_it():
    drawing = part((100, 0, 500, 100), 0.5, *row(0, 100, 0.1, 0.1, 0.1, 0.1))
    assert chosen(part((0, 0, 500, 100), 0.9, part((0, 0, 100, 100), 0.9), drawing)) == []
