"""The paper's own micrographs (Dataverse doi:10.7910/DVN/7I1YWJ) as a TFDS data set.

5215 images of 256x256 without word of their class or source image, so that each counts as its own.
"""

import hashlib
import http.client
import json
import os
import pathlib
import sys
import urllib.parse
import urllib.request
import zipfile
import zlib
from typing import ClassVar

import numpy as np
import tensorflow_datasets as tfds
import tqdm

from imgforensics.data import frozen
from imgforensics.data.micrographs import SIDE, Micrographs
from imgforensics.images.read import read_gray
from imgforensics.utils.errors import UserError

DOI = "doi:10.7910/DVN/7I1YWJ"
SEED = 0  # of the permutation that splits; the paper doesn't give its own
TIMEOUT = 60  # seconds without an answer
_QUERY = urllib.parse.urlencode({"persistentId": DOI})
_FAILURES = (OSError, http.client.HTTPException)  # of urllib, on opening and while reading
_BY_HAND = "try again, or download the images by hand and name their folder"


class HmsForensics(tfds.core.GeneratorBasedBuilder):
    """The data set with the paper's split sizes, drawn by one random permutation.

    Args:
        folder: holds `I00001.png` ... `I05215.png`, or nothing: then they are downloaded to its
            sub-folder `dataverse`. The prepared data set is written below it, too.
    """

    VERSION = tfds.core.Version("1.0.0")
    SIZES: ClassVar = {"train": 4000, "validation": 500, "test": 715}
    SERVER = "https://dataverse.harvard.edu"

    def __init__(self, folder: str | os.PathLike):
        self._folder = pathlib.Path(folder)
        super().__init__(data_dir=os.fspath(folder), file_format="array_record")

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            description="Micrographs of 'Image Forensics' (Cicconet et al.), cut to 256x256.",
            homepage="https://doi.org/10.7910/DVN/7I1YWJ",
            features=tfds.features.FeaturesDict({"image": frozen.IMAGE, "number": np.int64}),
        )

    def _split_generators(self, dl_manager) -> dict:
        del dl_manager  # the files are verified by the server's own list, which TFDS can't read
        names = [f"I{number:05d}.png" for number in range(1, sum(self.SIZES.values()) + 1)]
        images = self._find_or_download(names)
        order = np.random.RandomState(SEED).permutation(len(names))
        ends = np.cumsum(list(self.SIZES.values()))[:-1]
        return {
            split: self._generate_examples(images, numbers + 1)
            for split, numbers in zip(self.SIZES, np.split(order, ends))
        }

    def _find_or_download(self, names: list[str]) -> pathlib.Path:
        """The folder that holds all the named images."""
        present = {path.name for path in self._folder.iterdir() if not path.name.startswith(".")}
        missing = [name for name in names if name not in present]
        if not missing:
            return self._folder
        if present - {"dataverse", self.name}:
            raise UserError(
                f"{self._folder} lacks {len(missing)} of the {len(names)} images, the first "
                f"{missing[0]}: complete it, or name an empty folder to download them to"
            )
        download(self._folder / "dataverse", names, self.SERVER)
        return self._folder / "dataverse"

    def _generate_examples(self, images: pathlib.Path, numbers: np.ndarray):
        for number in tqdm.tqdm(numbers, desc="preparing hms_forensics", unit=" images"):
            path = images / f"I{number:05d}.png"
            image = read_gray(path)
            if image.shape != (SIDE, SIDE):
                raise UserError(f"{path} should have 256x256 pixels, not {image.shape}")
            yield int(number), {"image": frozen.png(image), "number": number}


def read(folder: str | os.PathLike) -> Micrographs:
    """Reads the data set, after downloading and preparing it if it isn't there.

    Args:
        folder: as of `HmsForensics`.

    Returns:
        The images by their number, with the data set's own split.

    Raises:
        UserError: the folder doesn't exist, holds other files or not all of them, can't be written
            to, or the download fails.
    """
    if not pathlib.Path(folder).is_dir():
        raise UserError(
            f"{folder} is not a folder: name one with I00001.png ... I05215.png, or make an empty "
            "one to download them to"
        )
    builder = HmsForensics(folder)
    frozen.prepare(builder)
    count = sum(builder.SIZES.values())
    images = np.empty((count, SIDE, SIDE), np.uint8)
    split = np.empty(count, f"U{max(map(len, builder.SIZES))}")
    with frozen.damage_told(builder.data_path):
        for name in builder.SIZES:
            for record in frozen.records(builder, name):
                images[record["number"] - 1] = record["image"]
                split[record["number"] - 1] = name
    names = np.array([f"I{number:05d}" for number in range(1, count + 1)])
    return Micrographs(
        images=images,
        names=names,
        classes=np.full(count, "hms_forensics"),
        sources=names,
        split=split,
        summary={"source": "hms_forensics", "doi": DOI, "crops": count, "split": builder.SIZES},
    )


def download(folder: pathlib.Path, names: list[str], server: str) -> None:
    """Downloads the named files of the data set that `folder` doesn't hold intact.

    The server's list gives id and MD5 sum of each file. One zip brings as many of them as the
    server puts in one; the others are fetched one by one.

    Raises:
        UserError: no answer, an unknown answer, or a file that doesn't match its sum.
    """
    versions = f"{server}/api/datasets/:persistentId/versions"
    listed = _fetch(f"{versions}/:latest-published/files?{_QUERY}")
    try:
        entries = {entry["label"]: entry["dataFile"] for entry in json.loads(listed)["data"]}
        sums = {name: entries[name]["md5"] for name in names}
        ids = {name: entries[name]["id"] for name in names}
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"{server} lists the files of {DOI} in an unknown way: {_BY_HAND}"
        ) from error
    folder.mkdir(exist_ok=True)

    def missing():
        return [name for name in names if not _intact(folder / name, sums[name])]

    if missing():
        _unpack_zip(f"{server}/api/access/dataset/:persistentId/?{_QUERY}", folder, set(names))
    for name in tqdm.tqdm(missing(), desc="downloading one by one", unit=" files"):
        (folder / name).write_bytes(_fetch(f"{server}/api/access/datafile/{ids[name]}"))
        if not _intact(folder / name, sums[name]):
            raise UserError(f"{folder / name} doesn't match its MD5 sum: run the command again")


def _unpack_zip(url: str, folder: pathlib.Path, names: set[str]) -> None:
    """Takes what the zip of all files brings; its failure is no error, only slower."""
    bundle = folder / "bundle.zip"
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(bundle, "wb") as file:
            bar = tqdm.tqdm(desc="downloading", unit="B", unit_scale=True)
            while block := answer.read(1 << 20):
                bar.update(file.write(block))
            bar.close()
        with zipfile.ZipFile(bundle) as files:
            for member in files.infolist():
                name = pathlib.PurePosixPath(member.filename).name
                if name in names:
                    (folder / name).write_bytes(files.read(member))
    except (*_FAILURES, zipfile.BadZipFile, zlib.error, EOFError) as error:
        tqdm.tqdm.write(f"no zip of all files ({error})", file=sys.stderr)
    finally:
        bundle.unlink(missing_ok=True)


def _fetch(url: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            return answer.read()
    except _FAILURES as error:
        raise UserError(f"cannot fetch {url} ({error}): {_BY_HAND}") from error


def _intact(path: pathlib.Path, md5: str) -> bool:
    return path.exists() and hashlib.md5(path.read_bytes()).hexdigest() == md5
