"""The commands of `imgforensics`, each a module of its own with flags and a `main`."""

# In the order in which they are listed, by what they are for.
GROUPS = {
    "Look for re-use": (
        "screen",
        "review",
        "report",
        "verdicts",
        "library",
        "compare",
        "score_pairs",
        "pairwise",
        "nearest",
        "explore",
        "explain",
    ),
    "Train": (
        "prepare_data",
        "pack",
        "train",
        "sweep",
        "scale_alpha",
        "fit_verified",
        "export_weights",
    ),
    "Measure": ("evaluate", "table1", "robustness", "erasure", "figures"),
}
ALL = tuple(name for names in GROUPS.values() for name in names)
