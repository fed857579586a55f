import numpy as np

from experiments.alternatives.views import dihedral


def test_the_eight_views_of_a_small_image():
    views = dihedral(np.array([[1, 2], [3, 4]], np.uint8))
    assert views.tolist() == [
        [[1, 2], [3, 4]], [[2, 4], [1, 3]], [[4, 3], [2, 1]], [[3, 1], [4, 2]],
        [[2, 1], [4, 3]], [[1, 3], [2, 4]], [[3, 4], [1, 2]], [[4, 2], [3, 1]],
    ]  # fmt: skip


def test_views_of_a_view_are_the_same_ones():
    image = np.random.RandomState(0).randint(0, 256, (5, 5)).astype(np.uint8)
    of_image = {view.tobytes() for view in dihedral(image)}
    assert len(of_image) == 8
    for view in dihedral(image):
        assert {again.tobytes() for again in dihedral(view)} == of_image
