"""A page of a PDF file as it looks, small, for people to see where on it a figure stands."""

import io
import time

import pypdfium2
from PIL import Image
from pypdfium2 import raw

_SIDE = 800  # pixels of the longer side
_QUALITY = 60
_SECONDS = 5.0  # of CPU time, after which a page is given up: drawings can hold millions of lines


def draw(page: pypdfium2.PdfPage, seconds: float = _SECONDS) -> bytes | None:
    """A grey JPEG of a page; None where it can't be drawn, or not in time.

    PDFium asks whether to pause after each object, so one that is slow by itself is waited for.

    Args:
        page: as it is shown, turned if the document says so.
        seconds: of CPU time for all of it.
    """
    across, down = page.get_size()
    factor = _SIDE / max(across, down, 1e-9)
    width, height = (max(1, round(length * factor)) for length in (across, down))
    end = time.thread_time() + seconds
    asks = dict(raw.IFSDK_PAUSE._fields_)["NeedToPauseNow"]
    pause = raw.IFSDK_PAUSE(version=1, NeedToPauseNow=asks(lambda _: time.thread_time() > end))
    bitmap = pypdfium2.PdfBitmap.new_native(width, height, raw.FPDFBitmap_Gray)
    bitmap.fill_rect((255, 255, 255, 255), 0, 0, width, height)
    state = raw.FPDF_RenderPageBitmap_Start(
        bitmap, page, 0, 0, width, height, 0, raw.FPDF_ANNOT | raw.FPDF_GRAYSCALE, pause
    )
    raw.FPDF_RenderPage_Close(page)
    if state != raw.FPDF_RENDER_DONE:
        return None
    jpeg = io.BytesIO()
    Image.fromarray(bitmap.to_numpy()[:, :width].reshape(height, width)).save(
        jpeg, "JPEG", quality=_QUALITY
    )
    return jpeg.getvalue()
