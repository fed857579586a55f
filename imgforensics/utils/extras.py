"""What `pip install imgforensics` leaves out, and what to install where it is needed."""

# Modules of the extra [train]: to train, to evaluate and to draw figures. Images are compared and
# embedded without them.
TRAIN = (
    "array_record",
    "importlib_resources",
    "optax",
    "orbax",
    "skimage",
    "tensorboardX",
    "tensorflow_datasets",
    "tensorstore",
)


def remedy(error: ModuleNotFoundError) -> str | None:
    """One line that says what to install; None where a module is missing that no extra has."""
    if error.name is None or error.name.partition(".")[0] not in TRAIN:
        return None
    return f"this needs {error.name}: pip install 'imgforensics[train]'"
