"""The model card's table has the records of the package's weights, and their numbers."""

from experiments.tables import table_card

_SHIPPED = "imgforensics/pretrained/weights.npz"


def spread(name, value):
    return {name: value, f"{name}_interval": [value - 0.01, value + 0.01]}


def record(path, **others):
    found = spread("true_positive_rate", 0.5) | {"true_positive_interval": [0.4, 0.6]}
    rare = {"operating_points": [{}, {}, found, {}]}
    return {
        "weights": {"path": path},
        "config": {"data": {"source": "folder"}, "model": {"architecture": "compact"}},
        "test": {"accuracy": 0.9, "interval": [0.87, 0.93]},
        "negatives": {
            "images": 42,
            "random": spread("auc", 0.95) | rare,
            "same_class": spread("auc", 0.85),
            "same_source": {"negatives": 0, "auc": None},
        },
        "retrieval": spread("recall_at_1", 0.7),
        **others,
    }


def test_rows_by_hand():
    header, first, second = table_card.rows(
        [record("runs/quick"), record(_SHIPPED), record(_SHIPPED, ranges="v02", part="held_out")]
    )
    assert first == (
        "test, the run's ranges", "42", "0.900 [0.870, 0.930]", "0.500 [0.400, 0.600]",
        "0.700 [0.690, 0.710]", "0.950 [0.940, 0.960]", "0.850 [0.840, 0.860]", "too few pairs",
    )  # fmt: skip
    assert second[0] == "V02 ranges, held-out classes" and len(header) == len(second)
