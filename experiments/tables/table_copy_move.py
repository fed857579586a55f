"""What is found within one image, with a clone in it and without, for docs/compare.md."""

from experiments.cloned import judge
from imgforensics.reports import tables


def markdown(records: list[dict]) -> str:
    """Two tables of the last record that `experiments.copy_move` wrote: of clones and of others."""
    record = records[-1]
    clones, others = record["clones"], record["others"]
    of_clones = [("clones", "number", "found", "for sure", "something else, too")]
    for kind, each in {"all": judge.total(clones), **clones}.items():
        cells = _share(each), str(each["same"]), str(each["else"])
        of_clones.append((kind, str(each["images"]), *cells))
    of_others = [("without clones", "number", "something is found", "for sure")]
    for kind, each in {"all": judge.total(others), **others}.items():
        name = kind.replace("_", " ")
        of_others.append((name, str(each["images"]), _share(each), str(each["same"])))
    return f"{tables.markdown(of_clones)}\n\n{tables.markdown(of_others)}"


def _share(each: dict) -> str:
    low, high = each["interval"]
    return f"{each['found']} [{low:.2f}, {high:.2f}]"
