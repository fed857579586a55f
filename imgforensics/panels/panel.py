"""What a figure is made of."""

from typing import NamedTuple

# Kinds of panel, of which the first two are compared. A micrograph may be a photograph: in grey
# they are alike. A blot is a strip, be it of a gel or a membrane.
MICROGRAPH, BLOT = "micrograph", "blot"
CHART, SCHEMATIC, TEXT, LOGO = "chart", "schematic", "text", "logo"
REASONS = {
    MICROGRAPH: "", BLOT: "", CHART: "a chart: lines and axes are drawn alike everywhere",
    SCHEMATIC: "a drawing: its parts are meant to be used again", TEXT: "text",
    LOGO: "small and drawn, as logos are",
}  # fmt: skip


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
        kind: one of `REASONS`.
        compared: whether it is compared with others.
        reason: why not; "" where it is.
    """

    box: Box
    kind: str
    compared: bool
    reason: str


def panel(box: Box, kind: str) -> Panel:
    """A panel, which is compared unless there is a reason against it."""
    return Panel(box, kind, not REASONS[kind], REASONS[kind])
