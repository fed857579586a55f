"""What a figure is made of."""

from typing import NamedTuple

# Kinds of panel. Only the first three are compared.
MICROGRAPH, BLOT, PHOTOGRAPH = "micrograph", "blot", "photograph"
CHART, SCHEMATIC, TEXT, LOGO = "chart", "schematic", "text", "logo"
COMPARED = (MICROGRAPH, BLOT, PHOTOGRAPH)
KINDS = (*COMPARED, CHART, SCHEMATIC, TEXT, LOGO)


class Box(NamedTuple):
    """A rectangle of pixels; the right and lower edges are outside."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def area(self) -> int:
        return self.width * self.height

    def of(self, pixels):
        """What of an array [height, width] lies in it."""
        return pixels[self.top : self.bottom, self.left : self.right]


class Panel(NamedTuple):
    """A part of a figure.

    Attributes:
        box: pixels of the figure.
        kind: one of `KINDS`.
        compared: whether it is compared with others.
        reason: why not; "" where it is.
    """

    box: Box
    kind: str
    compared: bool
    reason: str
