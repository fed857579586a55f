from experiments.tables import table_maps
from imgforensics.explain import gradcam


def test_a_row_for_either_kind_of_pairs():
    methods = ("contrast", *gradcam.METHODS)

    def measured(first):
        rates = {
            method: {"rate": first + 0.1 * number, "rate_interval": [first, 0.994]}
            for number, method in enumerate(methods)
        }
        return rates | {"pairs": int(100 * first)}

    config = {"data": {"source": "procedural"}, "model": {}}
    record = {"config": config, "erasure": {"alike": measured(0.25), "different": measured(0.5)}}
    header, alike, different = table_maps.rows([record])
    assert header[:3] == ("trained on", "pairs", "number") and len(header) == 3 + len(methods)
    assert alike[:4] == (
        "procedural", "copies: what makes f small", "25", "0.25 [0.25, 0.99]",
    )  # fmt: skip
    assert different[2:5] == ("50", "0.50 [0.50, 0.99]", "0.60 [0.50, 0.99]")
    assert different[-1] == "0.80 [0.50, 0.99]"
