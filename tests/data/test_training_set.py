import ml_collections
import numpy as np
import pytest

from imgforensics.data import blots, procedural, training_set
from imgforensics.data.micrographs import Micrographs
from imgforensics.utils.errors import UserError

# Image i is all gray level i.
MICROGRAPHS = Micrographs(
    images=np.broadcast_to(np.arange(6, dtype=np.uint8)[:, None, None], (6, 256, 256)),
    names=np.arange(6).astype(str),
    classes=np.array(["b", "a", "b", "a", "b", "a"]),
    sources=np.array(["2", "1", "1", "2", "2", "1"]),
)
INDICES = np.array([0, 1, 2, 3, 4])


def data(**fields):
    return ml_collections.ConfigDict(
        {"neighbours": 1, "added_procedural": 0, "on_device": True, "seed": 3} | fields
    )


def levels(**fields):
    return training_set.images(data(**fields), MICROGRAPHS, INDICES)[:, 0, 0].tolist()


def test_order_is_kept_for_random_batches():
    assert levels() == [0, 1, 2, 3, 4]


def test_neighbours_stand_together_by_class_and_source():
    assert levels(neighbours=2) == [1, 3, 2, 0, 4]


def test_procedural_images_are_added_after_them():
    added = procedural.generate(3, 3).images
    both = training_set.images(data(added_procedural=3), MICROGRAPHS, INDICES)
    np.testing.assert_array_equal(both[:5], MICROGRAPHS.images[INDICES])
    np.testing.assert_array_equal(both[5:], added)
    together = training_set.images(data(added_procedural=3, neighbours=2), MICROGRAPHS, INDICES)
    assert sorted(image.tobytes() for image in together[5:]) == sorted(
        image.tobytes() for image in added
    )


def test_blots_are_added_after_all_others_with_those_of_a_layout_together():
    drawn = blots.to_train_on(5, 3).images
    for neighbours in (1, 2):
        fields = data(added_procedural=1, added_blots=5, neighbours=neighbours)
        both = training_set.images(fields, MICROGRAPHS, INDICES)
        assert len(both) == 5 + 1 + 5
        np.testing.assert_array_equal(both[6:], drawn)


@pytest.mark.parametrize("field", ["added_procedural", "added_blots"])
def test_images_on_disk_are_not_added_to(field):
    with pytest.raises(UserError, match=f"{field} needs the images in memory"):
        training_set.images(data(on_device=False, **{field: 3}), MICROGRAPHS, INDICES)
