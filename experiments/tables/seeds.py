"""How much the accuracies of Table 1 differ from one seed to another."""

from imgforensics.reports import table1
from imgforensics.utils.errors import UserError


def joined(records: list[dict]) -> dict:
    """The first record with `seeds`: of each run its seed, how long it was trained, its accuracies.

    Args:
        records: as from `results.read`, with the protocols of Table 1.

    Raises:
        UserError: two have the same seed, or differ in more of their configs.
    """
    first, *others = [_without_seed(record) for record in records]
    seeds = [record["seed"] for record in records]
    if len(set(seeds)) < len(seeds):
        raise UserError(f"two runs have the same seed: {', '.join(map(str, seeds))}")
    for other, seed in zip(others, seeds[1:]):
        if other != first:
            raise UserError(f"the run of seed {seed} differs in more than the seed from the first")
    runs = [
        {"seed": record["seed"]}
        | {which: record["weights"][which] for which in ("step", "triplets_seen")}
        | {which: record[which]["accuracy"] for which in table1.PROTOCOLS}
        | {"commit": record["versions"]["commit"]}
        for record in records
    ]
    return records[0] | {"seeds": runs}


def _without_seed(record):
    return {name: field for name, field in record["config"].items() if name != "seed"}
