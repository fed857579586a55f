"""What a screening searched, what it could not read, and how to repeat it, in sections."""

from typing import NamedTuple

from imgforensics.screening.manifest import Manifest
from imgforensics.utils.printable import printable

_WHAT = (
    "Listed are pairs of images, or of parts of them, that look alike, with the most alike first. "
    "That two images are alike is no finding of misconduct: the same image may be shown twice for "
    "good reasons, and the search errs. A person has to look, and to ask.",
    "What is not listed was not found; it is not shown to be original.",
)
_SCOPES = {
    "within": "the images of each document with each other",
    "across": "the images of each document with those of other documents",
    "all": "the images of all documents with each other",
}


class Section(NamedTuple):
    """A part of what is told.

    Attributes:
        title: of it.
        lines: paragraphs.
        table: rows of cells, the first of which names the row.
        notice: whether it must not be overlooked.
    """

    title: str
    lines: list[str]
    table: list[list[str]]
    notice: bool = False


def sections(manifest: Manifest) -> list[Section]:
    """What has to be known of a screening before its rows are judged."""
    own, among = manifest.searched
    parameters = manifest.parameters
    library = f", and with those of the library {parameters.library}" if parameters.library else ""
    searched = [
        f"{len(manifest.inputs)} files with {own:,} images were read. Compared were "
        f"{_SCOPES[parameters.scope]}{library}: {own:,} among {among:,}.",
        f"Of each image the {parameters.candidates} that are nearest were compared by their "
        "keypoints, and those looked at closely for which these speak, or f.",
        f"{manifest.rows:,} pairs were found. Of those that are verified or possible, "
        f"{manifest.expected_false:.1f} are expected to be false, by the rates that were measured "
        "on images that are known to be different; what is not verified is false more often.",
    ]
    if manifest.left_out:
        searched.append(
            f"{manifest.left_out:,} more pairs are near by f, though their keypoints don't agree: "
            "too many to look at closely."
        )
    unread = [[printable(path), reason] for path, reason in manifest.not_read.items()]
    none = "Everything was read." if not unread else (
        "These files were not read, or not as wholes. Nothing is said of what was not read."
    )  # fmt: skip
    hashes = {"weights": manifest.model, "calibration": manifest.calibration}
    if manifest.library:
        hashes["library"] = manifest.library
    hashes["rows"] = manifest.rows_sha256
    # What was installed from a wheel knows no commit.
    versions = [[name, each] for name, each in manifest.versions.items() if each is not None]
    return [
        Section("What this is", list(_WHAT), []),
        Section("What was searched", searched, []),
        Section("What was not read", [none], unread, notice=bool(unread)),
        Section("Made with", [], versions),
        Section("Hashes (SHA-256)", [], [[name, each] for name, each in hashes.items()]),
        Section("Files", [], [[printable(path), each] for path, each in manifest.inputs.items()]),
    ]
