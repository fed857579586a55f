"""Text from outside, made fit for a terminal."""


def printable(text: object) -> str:
    r"""Writes out what a terminal would obey, or could not show.

    A file may be named anything: an escape sequence that recolours or clears the screen, a line
    break that feigns a second message, bytes that are no UTF-8. These become visible: \x1b, \n, and
    \xe9 for a byte that is not UTF-8. Letters of all scripts stay.

    Args:
        text: a name, a path, or a line that holds one.

    Returns:
        One line without control characters, that any UTF-8 stream takes.
    """
    text = str(text)
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte that Python kept from a name (PEP 383)
        return f"\\x{code - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")
