"""The ranges and probabilities of the manipulations: the authors' two versions, and wider ones.

The paper leaves them to its source code. Ranges are half-open, [low, high); with whole-number ends
the draws are whole numbers.
"""

from ml_collections import ConfigDict

from imgforensics.utils.errors import UserError


def v01() -> ConfigDict:
    """Returns the ranges of the version that the paper describes."""
    config = ConfigDict()
    config.output_size = 128  # pixels on each side of the central crop
    config.identity_probability = 0.1  # of a crop without any deformation
    config.deform_different = True  # the paper's text says only crop; the authors' code deforms
    config.subtract_minimum = True  # the darkest pixel of a deformed crop becomes 0

    # Each step is done with its probability, unless the image is left as it is.
    config.reflection = ConfigDict()
    config.reflection.probability = 0.5
    config.reflection.left_right = 0.5  # probability, if there is a reflection
    config.reflection.up_down = 0.5  # likewise, independent of the other

    config.perspective = ConfigDict()
    config.perspective.probability = 0.5
    config.perspective.offset = (-20, 20)  # pixels, x and y of each corner

    config.similarity = ConfigDict()
    config.similarity.probability = 0.5
    config.similarity.angle = (-45, 45)  # degrees
    config.similarity.percent = (75, 125)  # scale
    config.similarity.translation = (-20, 20)  # pixels, x and y

    config.jpeg = ConfigDict()
    config.jpeg.probability = 0.0  # steps of probability 0 are not compiled
    config.jpeg.quality = (10, 50)  # as in libjpeg

    config.gamma = ConfigDict()
    config.gamma.probability = 0.5
    config.gamma.percent = (75, 125)  # 100 times the exponent

    config.local_edit = ConfigDict()
    config.local_edit.probability = 0.5
    config.local_edit.erase = 0.5  # weight among the local edits
    config.local_edit.local_contrast = 0.5  # likewise
    config.local_edit.replace = 0.0  # likewise

    config.erase = ConfigDict()
    config.erase.centre = (0.1, 0.9)  # row and column, fractions of output_size
    config.erase.radius = (0.05, 0.2)  # fraction of output_size
    config.erase.ramp = 10.0  # pixels from black back to the image

    config.local_contrast = ConfigDict()
    config.local_contrast.centre = (0.1, 0.9)  # row and column, fractions of output_size
    config.local_contrast.radius = (0.05, 0.2)  # fraction of output_size
    config.local_contrast.factor = (1.5, 2.0)  # that gray levels are multiplied by
    config.local_contrast.ramp = 1.0  # from the factor back to 1, in radii

    config.replace = ConfigDict()
    config.replace.centre = (0.3, 0.7)  # row and column of both discs, fractions of output_size
    config.replace.radius = (0.05, 0.15)  # fraction of output_size
    config.replace.ramp = 0.5  # from the copy back to the image, in radii

    config.clutter = ConfigDict()
    config.clutter.rectangle = 0.25  # probability
    config.clutter.text = 0.25  # probability; otherwise there is no clutter

    config.rectangle = ConfigDict()
    config.rectangle.corner = (0.0, 0.5)  # x and y of the top left, fractions of output_size
    config.rectangle.side = (1 / 3, 0.5)  # width and height, fractions of output_size
    config.rectangle.line_width = (1, 3)  # pixels
    config.rectangle.gray = (0.0, 1.0)

    config.text = ConfigDict()
    config.text.letters = (5, 15)  # how many
    config.text.size = 16  # pixels, of the font
    config.text.x = (0.0, 0.5)  # of the left end, fraction of output_size
    config.text.y = (0.0, 1.0)  # of the top, fraction of output_size
    config.text.gray = (0.75, 1.0)

    # Beyond the paper: what is done to same and different images last of all.
    config.blur = ConfigDict()
    config.blur.probability = 0.0
    config.blur.sigma = (0.3, 2.0)  # pixels

    config.noise = ConfigDict()
    config.noise.probability = 0.0
    config.noise.stddev = (0.0, 0.08)

    config.linear = ConfigDict()
    config.linear.probability = 0.0
    config.linear.contrast = (0.5, 1.5)  # factor
    config.linear.brightness = (-0.2, 0.2)  # added

    config.inversion = ConfigDict()
    config.inversion.probability = 0.0

    config.recompression = ConfigDict()
    config.recompression.probability = 0.0
    config.recompression.quality = (20, 96)  # of JPEG, as in libjpeg

    # Of re-use in figures. The window takes the place of the geometry above; the rest is done to
    # same and different images before or after what stands above, in the order of `degrade.STEPS`.
    config.overlap = ConfigDict()
    config.overlap.probability = 0.0
    config.overlap.mirrored = 0.5  # probability, if there is such a window
    config.overlap.turned = 0.5  # likewise
    config.overlap.angle = (-180.0, 180.0)  # degrees
    config.overlap.percent = (65.0, 150.0)  # scale
    config.overlap.shift = (-0.3, 0.3)  # along both axes, fraction of output_size

    config.retouch = ConfigDict()
    config.retouch.probability = 0.0
    config.retouch.cloned = 0.5  # probability of a copy from elsewhere; else spots are healed
    config.retouch.spots = (1, 4)  # how many
    config.retouch.centre = (0.05, 0.95)  # row and column, fractions of the side
    config.retouch.radius = (0.03, 0.14)  # along and across, fractions of the side
    config.retouch.offset = (-0.35, 0.35)  # of what is copied, fraction of the side

    config.brush = ConfigDict()
    config.brush.probability = 0.0
    config.brush.strokes = (1, 3)  # how many
    config.brush.width = (0.1, 0.5)  # from the stroke's middle to its edge, fraction of the side
    config.brush.amount = (-0.6, 0.6)  # of what there is up to white, or down to black

    config.resampling = ConfigDict()
    config.resampling.probability = 0.0
    config.resampling.factor = (0.35, 1.0)  # of the smaller image between

    config.lines = ConfigDict()
    config.lines.probability = 0.0
    config.lines.lines = (1, 4)  # how many arrows, bars and brackets
    config.lines.length = (0.08, 0.4)  # fraction of the side
    config.lines.width = (1.0, 5.0)  # pixels
    config.lines.gray = (-1.0, 2.0)  # of what is beyond black and white, black and white are drawn

    config.ring = ConfigDict()
    config.ring.probability = 0.0
    config.ring.radius = (0.05, 0.25)  # along either axis, fraction of the side
    config.ring.width = (1.0, 4.0)  # pixels
    config.ring.gray = (-1.0, 2.0)  # as of lines

    config.frame = ConfigDict()
    config.frame.probability = 0.0
    config.frame.width = (-0.05, 0.08)  # of each side's strip, fraction; there is none below 0
    config.frame.gray = (-4.0, 5.0)  # as of lines

    config.print_scan = ConfigDict()
    config.print_scan.probability = 0.0
    config.print_scan.halftone = 0.6  # probability of a screen of lines or dots
    config.print_scan.period = (2.0, 4.5)  # of the screen, pixels
    config.print_scan.hardness = (0.7, 3.0)  # of the screen, slope from ink to paper
    config.print_scan.ink = (0.0, 0.25)  # the gray that black becomes
    config.print_scan.paper = (0.75, 1.0)  # the gray that white becomes
    config.print_scan.slope = (-0.2, 0.2)  # of the light, from side to side
    config.print_scan.fall = (0.0, 0.15)  # of the light, from the middle to the corners
    config.print_scan.softness = (0.3, 1.2)  # sigma of the scanner's blur, pixels

    config.earlier_jpeg = ConfigDict()
    config.earlier_jpeg.probability = 0.0
    config.earlier_jpeg.quality = (20, 96)  # of a compression whose blocks lay elsewhere
    return config


def v02() -> ConfigDict:
    """Returns the ranges of the later revision: JPEG, and wider scale and gamma."""
    config = v01()
    config.similarity.percent = (50, 150)
    config.jpeg.probability = 0.5
    config.gamma.percent = (50, 200)
    return config


def wide() -> ConfigDict:
    """Returns ranges beyond both versions: partial overlap, blur, noise, contrast, inversion."""
    config = v02()
    config.identity_probability = 0.05
    config.similarity.translation = (-36, 37)
    config.jpeg.probability = 0.3
    config.jpeg.quality = (10, 91)
    config.local_edit.replace = 0.25
    config.rectangle.line_width = (1, 4)
    config.text.gray = (0.0, 1.0)
    config.blur.probability = 0.3
    config.noise.probability = 0.3
    config.linear.probability = 0.3
    config.inversion.probability = 0.05
    config.recompression.probability = 0.3
    return config


def reuse() -> ConfigDict:
    """Returns wide ranges with what re-use in figures adds: windows, retouching, print, marks."""
    config = wide()
    config.text.letters = (1, 15)
    config.overlap.probability = 0.4
    config.retouch.probability = 0.25
    config.brush.probability = 0.2
    config.resampling.probability = 0.3
    config.lines.probability = 0.3
    config.ring.probability = 0.1
    config.frame.probability = 0.15
    config.print_scan.probability = 0.2
    config.earlier_jpeg.probability = 0.3
    return config


NAMED = {"v01": v01, "v02": v02, "wide": wide, "reuse": reuse}
# Fields of sections that are probabilities besides `probability`.
_CHANCES = ("mirrored", "turned", "cloned", "halftone")


def check(config: ConfigDict) -> None:
    """Refuses values that no draw can come from.

    Args:
        config: as from `v01` or `v02`.

    Raises:
        UserError: names the first field that is wrong.
    """
    probabilities = {
        "identity_probability": config.identity_probability,
        "reflection.left_right": config.reflection.left_right,
        "reflection.up_down": config.reflection.up_down,
        "clutter.rectangle + clutter.text": config.clutter.rectangle + config.clutter.text,
    }
    for name, section in config.items():
        if not isinstance(section, ConfigDict):
            continue
        for field, value in section.items():
            if field in ("probability", *_CHANCES) or name in ("clutter", "local_edit"):
                probabilities[f"{name}.{field}"] = value
            elif isinstance(value, tuple) and not (len(value) == 2 and value[0] < value[1]):
                raise UserError(f"{name}.{field} is {value}; give (low, high) with low below high")
    for name, value in probabilities.items():
        if not 0 <= value <= 1:
            raise UserError(f"{name} is {value}; give a probability between 0 and 1")
    edits = config.local_edit
    if edits.probability > 0 and edits.erase + edits.local_contrast + edits.replace == 0:
        raise UserError(
            "local_edit has no kind with a weight above 0; give one, "
            "or set local_edit.probability to 0"
        )
