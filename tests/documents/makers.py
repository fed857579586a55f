"""Documents to read, made in memory: small PDF, DOCX, PPTX and ZIP files."""

import io
import zipfile

import numpy as np
from PIL import Image


def picture(seed, height=120, width=160):
    """uint8 [height, width]: smooth noise, which JPEG keeps nearly as it is."""
    coarse = np.random.RandomState(seed).randint(40, 215, (height // 8 + 1, width // 8 + 1))
    image = Image.fromarray(coarse.astype(np.uint8)).resize((width, height), 3)
    return np.asarray(image)


def encoded(pixels, kind="PNG", **how):
    """The content of an image file."""
    content = io.BytesIO()
    Image.fromarray(pixels).save(content, kind, **how)
    return content.getvalue()


def image_object(content, width, height, colours="/DeviceGray", code="/DCTDecode", more=b""):
    """The body of a PDF image: its dictionary and its stream."""
    head = (
        f"<</Type/XObject/Subtype/Image/Width {width}/Height {height}/ColorSpace {colours}"
        f"/BitsPerComponent 8/Filter {code}/Length {len(content)}"
    ).encode()
    return head + more + b">>\nstream\n" + content + b"\nendstream"


def form_object(drawing, matrix, resources):
    """The body of a PDF form: what it draws, by its own matrix."""
    head = f"<</Type/XObject/Subtype/Form/BBox[0 0 1000 1000]/Matrix[{matrix}]"
    head += f"/Resources<</XObject<<{resources}>>>>/Length {len(drawing)}>>\nstream\n"
    return head.encode() + drawing.encode() + b"\nendstream"


def pdf(pages, objects, trailer=b""):
    """A PDF file.

    Args:
        pages: of each, what it draws and what else its dictionary says; it knows the objects as
            /X0, /X1 and so on, and is 200 points wide and 400 high.
        objects: bodies of images and forms, which know each other as `5 0 R` and so on.
        trailer: what else the trailer says.
    """
    first = 5
    names = "".join(f"/X{index} {first + index} 0 R" for index in range(len(objects)))
    kids = [first + len(objects) + 2 * index for index in range(len(pages))]
    bodies = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: f"<</Type/Pages/Count {len(pages)}/Kids[{' '.join(f'{kid} 0 R' for kid in kids)}]"
        f"/MediaBox[0 0 200 400]/Resources<</XObject<<{names}>>>>>>".encode(),
        3: b"<<>>",
        4: b"<<>>",
        **{first + index: body for index, body in enumerate(objects)},
    }
    for kid, (drawing, more) in zip(kids, pages):
        bodies[kid] = f"<</Type/Page/Parent 2 0 R/Contents {kid + 1} 0 R{more}>>".encode()
        bodies[kid + 1] = f"<</Length {len(drawing)}>>\nstream\n{drawing}\nendstream".encode()
    content, places = b"%PDF-1.5\n", []
    for number in sorted(bodies):
        places.append(len(content))
        content += f"{number} 0 obj\n".encode() + bodies[number] + b"\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    size = len(bodies) + 1
    return (
        content
        + f"xref\n0 {size}\n0000000000 65535 f \n{table}".encode()
        + f"trailer\n<</Size {size}/Root 1 0 R".encode() + trailer + b">>\n"
        + f"startxref\n{len(content)}\n%%EOF\n".encode()
    )  # fmt: skip


def place(name, x, y, width, height):
    """Drawing of an object at x, y (lower left, in points), so wide and so high."""
    return f"q {width} 0 0 {height} {x} {y} cm /{name} Do Q "


def packed(files, **how):
    """A ZIP file of names and contents."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, each in files.items():
            archive.writestr(name, each, **how)
    return content.getvalue()


_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_SLIDES = "http://schemas.openxmlformats.org/presentationml/2006/main"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_NAMES = f'xmlns:a="{_DRAWING}" xmlns:p="{_SLIDES}" xmlns:r="{_LINKS}"'


def links(**targets):
    """A part that names the targets of links."""
    each = "".join(f'<Relationship Id="{name}" Target="{to}"/>' for name, to in targets.items())
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{space}">{each}</Relationships>'


def transform(x, y, width, height, inner=""):
    return f'<a:xfrm><a:off x="{x}" y="{y}"/><a:ext cx="{width}" cy="{height}"/>{inner}</a:xfrm>'


def shown(link, at, cut=""):
    """A picture on a slide, at a transform."""
    return (
        f'<p:pic><p:blipFill><a:blip r:embed="{link}"/>{cut}</p:blipFill>'
        f"<p:spPr>{at}</p:spPr></p:pic>"
    )


def pptx(slides, media):
    """A PPTX file of 1000 x 500 units.

    Args:
        slides: of each, the XML of its pictures, in which link `m0` is the first of the media.
        media: contents by their names.
    """
    ids = "".join(f'<p:sldId r:id="s{index}"/>' for index in range(len(slides)))
    to = {f"m{index}": f"../media/{name}" for index, name in enumerate(media)}
    files = {
        "ppt/presentation.xml": f"<p:presentation {_NAMES}><p:sldIdLst>{ids}</p:sldIdLst>"
        '<p:sldSz cx="1000" cy="500"/></p:presentation>',
        # The first slide that is shown is the last by its name.
        "ppt/_rels/presentation.xml.rels": links(
            **{f"s{index}": f"slides/slide{9 - index}.xml" for index in range(len(slides))}
        ),
        **{f"ppt/media/{name}": content for name, content in media.items()},
    }
    for index, slide in enumerate(slides):
        name = f"slide{9 - index}.xml"
        tree = f"<p:sld {_NAMES}><p:cSld><p:spTree>{slide}</p:spTree></p:cSld></p:sld>"
        files |= {f"ppt/slides/{name}": tree, f"ppt/slides/_rels/{name}.rels": links(**to)}
    return packed(files)
