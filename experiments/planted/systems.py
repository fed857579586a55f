"""What lists pairs of panels: our screening, and the same panels by pHash or by SIFT alone."""

import itertools
import pathlib
from collections.abc import Callable, Iterator

import cv2
import numpy as np
import tqdm

from experiments.alternatives import hashes
from experiments.planted.judge import Found
from experiments.planted.manuscripts import Place
from imgforensics.library import store as stores
from imgforensics.library.store import Store
from imgforensics.review import case as cases
from imgforensics.screening import places
from imgforensics.verification import registration
from imgforensics.verification.keypoints import detect

_HASHED = 128  # pixels of a side: views are turned
_MIN_INLIERS = 4  # without which a registration says nothing


def ours(folder: pathlib.Path) -> list[Found]:
    """The rows of a case, by their rank."""
    return [
        Found(_place(entry["a"]), _place(entry["b"]), entry["rank"])
        for entry in cases.read(folder, top=10**9).entries
    ]


def phash(folder: pathlib.Path) -> list[Found]:
    """All pairs of panels of one document, by the Hamming distance of eight views' pHash."""
    system = hashes.phash()

    def described(image):
        square = cv2.resize(image, (_HASHED, _HASHED), interpolation=cv2.INTER_AREA)
        return system.describe(square[None])[0]

    def compare(one, other):
        return float(hashes.hamming(one[None], other[None])[0])

    return list(_pairs(folder, described, compare, "pHash"))


def sift(folder: pathlib.Path) -> list[Found]:
    """All pairs of panels of one document, by the inliers of SIFT keypoints with MAGSAC."""

    def compare(one, other):
        found = registration.estimate_homography(one, other)
        return None if found is None or found.inliers < _MIN_INLIERS else -float(found.inliers)

    return list(_pairs(folder, detect, compare, "SIFT"))


def _pairs(folder, describe: Callable, compare: Callable, title: str) -> Iterator[Found]:
    with stores.reading(folder) as store:
        for panels in tqdm.tqdm(_documents(store), desc=title, unit=" documents"):
            known = [(place, describe(stores.picture(store, digest))) for place, digest in panels]
            for (one, first), (other, second) in itertools.combinations(known, 2):
                if (score := compare(first, second)) is not None:
                    yield Found(one, other, score)


def _documents(store: Store) -> list[list[tuple[Place, str]]]:
    """The panels of each document, with the hashes of their pictures."""
    found: dict[str, list[tuple[Place, str]]] = {}
    for digest, those in places.read(store.catalogue).items():
        for place in those:
            whole = (0.0, 0.0, *np.subtract(place.panel[2:], place.panel[:2]).tolist())
            name = pathlib.PurePath(place.path).name
            panel = Place(name, place.page, place.on_page(whole))
            found.setdefault(place.path, []).append((panel, digest))
    return list(found.values())


def _place(side: dict) -> Place:
    return Place(side["name"], side["page"], tuple(side["box"]))
