"""What is drawn on images is found and tells nothing; what micrographs show is left alone."""

import cv2
import drawings
import numpy as np
import pytest
import skimage

from imgforensics import pretrained
from imgforensics.images.fit import fit_square
from imgforensics.inference import weights
from imgforensics.verification import calibration, content, evidence, keypoints, verified
from imgforensics.verification.calibration import SCREENING

BARS = drawings.data_bar(("10.0kV", "x2500", "SE", "20um"))
MARKS = (
    drawings.letter("B", (6, 30)), drawings.arrow((60, 90), (100, 60)),
    drawings.arrow((200, 40), (170, 80)), drawings.box((90, 120), (160, 190)),
    drawings.scale_bar((180, 236)),
)  # fmt: skip
LOGO = [drawings.logo((200, 60), 45)]  # an eighth of the image


def picture(name):
    folder = f"{skimage.__path__[0]}/data"
    return cv2.imread(f"{folder}/{name}", cv2.IMREAD_GRAYSCALE)


@pytest.fixture(scope="module")
def panels():
    """Squares of five pictures, and others of the same in the same order."""
    names = ("ihc.png", "cell.png", "moon.png", "gravel.png", "camera.png")
    pictures = [picture(name) for name in names]
    return [
        image[top : top + 256, left : left + 256].copy()
        for down in (0, 1)
        for image in pictures
        for top, left in [[round(down * (length - 256)) for length in image.shape]]
    ]


def found(image, truth):
    """The share of what is drawn that is found, and of all else, but for a margin, that isn't."""
    drawn = content.drawn(image)
    near = cv2.dilate(truth.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    return drawn[truth].mean(), (~drawn[~near]).mean()


def as_they_come(image, truth):
    """As it is, after JPEG, smaller, and turned, with the truth of each."""
    levels = np.uint8(255 * truth)
    yield image, truth
    yield drawings.jpeg(image), truth
    yield drawings.jpeg(drawings.reduced(image, 0.6)), drawings.reduced(levels, 0.6) > 200
    # The corners that come into view are drawn, too.
    yield drawings.turned(image, 20), ~(drawings.turned(255 - levels, 20) > 55)


@pytest.mark.parametrize("ground", [255, 0])
def test_gutters_and_letters_are_found(panels, ground):
    page, frame = drawings.figure(panels[:4], 2, ground=ground)
    for image, truth in as_they_come(page, frame):
        there, elsewhere = found(image, truth)
        assert there > 0.9 and elsewhere > 0.98


@pytest.mark.parametrize("ground", [255, 0])
def test_data_bars_are_found_with_what_is_written_on_them(panels, ground):
    bar = drawings.data_bar(("10.0kV", "x2500", "SE", "20um"), ground=ground)
    for panel in panels[:3]:
        for image, truth in as_they_come(*drawings.over(panel, bar)):
            there, elsewhere = found(image, truth)
            assert there > 0.9 and elsewhere > 0.98


def test_marks_on_an_image_are_found(panels):
    for panel in panels[:4]:
        for image, truth in as_they_come(*drawings.over(panel, *MARKS)):
            there, elsewhere = found(image, truth)
            assert there > 0.75 and elsewhere > 0.95


def test_what_is_not_drawn_is_content(panels):
    for panel in [
        *panels[:4],
        *panels[5:9],
    ]:  # without the photograph, of flat sky and a black coat
        assert content.drawn(panel).mean() < 0.01
        assert content.content(panel).mean() > 0.75


def test_nothing_is_shown_where_an_image_is_flat(tissue):
    image = tissue.copy()
    image[:, 200:] = 128
    shown = content.content(image)
    assert shown[:, :180].mean() > 0.97 and not shown[:, 240:].any()
    assert not content.content(np.full((40, 90), 255, np.uint8)).any()


def test_dark_fields_are_no_bars(cells):
    """Nuclei on a black ground that ends at a bar, and the same over-exposed."""
    rng = np.random.default_rng(0)
    lights = np.zeros((256, 256), np.float32)
    for x, y in rng.integers(10, 220, (25, 2)).tolist():
        cv2.circle(lights, (x, y), int(rng.integers(5, 9)), float(rng.uniform(60, 200)), -1)
    field = np.uint8(cv2.GaussianBlur(lights, (0, 0), 2))
    for image in (field, 255 - field):
        ground = 255 - int(image[0, 0])
        marked, bar = drawings.over(image, drawings.data_bar(("15kV",), ground=ground))
        there, elsewhere = found(marked, bar)
        assert there > 0.9 and elsewhere > 0.95


def test_what_is_left_out_is_filled_with_what_is_beside_it(tissue):
    image, drawn = drawings.over(
        tissue[:128, :128].copy(), drawings.box((40, 40), (70, 60), 255, -1)
    )
    full = content.filled(image, ~drawn)
    np.testing.assert_array_equal(full[~drawn], image[~drawn])
    low, high = np.quantile(image[~drawn], [0.01, 0.99])
    assert (full[drawn] >= low).all() and (full[drawn] <= high).all()
    np.testing.assert_array_equal(content.filled(image, np.ones_like(drawn)), image)


def test_no_keypoint_lies_on_what_is_drawn_and_a_line_costs_few(tissue):
    plain = tissue[100:356, 100:356].copy()
    marked, drawn = drawings.over(plain, drawings.box((60, 60), (190, 190)))
    few, all_of_it = keypoints.detect(marked), keypoints.detect(plain)
    x, y = np.rint(few.points).astype(int).T
    assert not drawn[y, x].any()
    assert len(few.points) > 0.8 * len(all_of_it.points)


def test_no_number_comes_from_what_is_drawn(tissue, cells):
    """The same frame on a picture and on two others: as if there were none."""
    frame = drawings.data_bar(("10.0kV", "x2500"), height=60), *MARKS
    one, other = tissue[:256, :256].copy(), cells[200:456, 200:456].copy()
    marked = [fit_square(drawings.over(each, *frame)[0], 128) for each in (one, other)]
    found = evidence.gather(*map(evidence.prepare, marked))
    assert found.inliers < 8 and found.drawn > 0.2
    same = evidence.gather(*map(evidence.prepare, (marked[0], fit_square(one, 128))))
    assert same.correlation > 0.97 and same.agreement > 0.95 and same.inliers > 50
    assert same.common > 0.95 and 0.2 < same.drawn < 0.5


def test_an_image_that_was_drawn_all_over_fits_on_nothing():
    page = evidence.prepare(np.tile(np.uint8([[0, 255], [255, 0]]), (64, 64)))
    blank = page._replace(shown=np.zeros_like(page.shown))
    assert evidence.gather(blank, page).matrix is None


def altered(image, number):
    """A copy as it turns up: turned, brighter, mirrored."""
    other = drawings.turned(cv2.copyMakeBorder(image, *[64] * 4, cv2.BORDER_REFLECT), 7 * number)
    other = np.uint8(np.clip(0.85 * other[64:-64, 64:-64] + 20, 0, 255))
    return np.ascontiguousarray(other[:, ::-1]) if number % 2 else other


@pytest.fixture(scope="module")
def judged(panels):
    """Verified scores by kind, with the weights and the calibration that come with the package."""
    kinds = {"figures": [], "data bars": [], "marks": [], "logos": []}
    kinds |= {f"copies with {name}": [] for name in kinds}
    count = len(panels)
    for number, panel in enumerate(panels):
        other, copy = panels[(number + 1) % count], altered(panel, number)
        columns = 2 + number % 2
        pages = [
            drawings.figure([panels[(start + k) % count] for k in range(4)], columns)[0]
            for start in (number, number + 4)
        ]
        kinds["figures"].append(pages)
        kinds["copies with figures"].append((pages[0], drawings.jpeg(pages[0], 60)))
        for name, drawn, unlike in (
            ("data bars", [BARS], [drawings.data_bar(("5kV", "30um"), ground=255)]),
            ("marks", MARKS, MARKS[1:3]),
            ("logos", LOGO, [drawings.logo((60, 60), 28)]),
        ):
            one = drawings.over(panel, *drawn)[0]
            kinds[name].append((one, drawings.jpeg(drawings.over(other, *drawn)[0])))
            kinds[f"copies with {name}"].append((one, drawings.over(copy, *unlike)[0]))
    model = pretrained.load_pretrained()
    fitted = calibration.load(calibration.beside(pretrained.path()), weights.fingerprint(model))
    images = np.stack(
        [fit_square(each, 128) for some in kinds.values() for pair in some for each in pair]
    )
    scores = verified.verified(model, fitted, images, np.arange(len(images)).reshape(-1, 2))
    strict = fitted.verified[SCREENING].threshold
    return dict(zip(kinds, scores.reshape(len(kinds), -1))), strict


@pytest.mark.parametrize("kind", ["figures", "data bars", "marks", "logos"])
def test_like_frames_make_no_copies_of_unlike_content(judged, kind):
    scores, strict = judged
    assert (scores[kind] > strict).all()
    assert (scores[kind] > 1).mean() > 0.75


@pytest.mark.parametrize("kind", ["figures", "data bars", "marks", "logos"])
def test_copies_are_copies_whatever_is_drawn_on_them(judged, kind):
    scores, strict = judged
    assert (scores[f"copies with {kind}"] <= strict).all()
