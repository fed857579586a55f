"""What one document may take before it is given up."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds of one document; those of one picture stand in `images.limits`.

    Attributes:
        seconds: of time.
        memory: bytes of address space.
        pixels: of all its figures together.
        figures: how many.
        pages: how many.
        unpacked: bytes of an archive's files together, those of archives within included.
        files: in an archive.
        depth: of archives within archives.
    """

    seconds: int = 300
    memory: int = 4 * 2**30
    pixels: int = 2**30
    figures: int = 10_000
    pages: int = 10_000
    unpacked: int = 2 * 2**30
    files: int = 10_000
    depth: int = 3


USUAL = Limits()
