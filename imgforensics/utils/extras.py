"""What `pip install imgforensics` leaves out, and what to install where it is needed."""

# Modules of each extra. Images are compared and embedded without them.
EXTRAS = {
    # To train, to evaluate and to draw figures.
    "train": (
        "array_record",
        "importlib_resources",
        "optax",
        "orbax",
        "skimage",
        "tensorboardX",
        "tensorflow_datasets",
        "tensorstore",
    ),
    # For libraries that a server keeps.
    "postgres": ("psycopg",),
    # For work on a cluster.
    "ray": ("ray",),
}


def remedy(error: ModuleNotFoundError) -> str | None:
    """One line that says what to install; None where a module is missing that no extra has."""
    for extra, modules in EXTRAS.items():
        if error.name is not None and error.name.partition(".")[0] in modules:
            return f"this needs {error.name}: pip install 'imgforensics[{extra}]'"
    return None
