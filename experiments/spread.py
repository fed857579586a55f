"""Joins the evaluations of runs that differ in their seed alone: the first one, and all accuracies.

The row of Table 1 and the lowest and highest of all seeds are printed.

python -m experiments.spread --results=RUN0/evaluation.json,RUN1/evaluation.json --out=OUT.json
"""

from absl import flags

from imgforensics.utils import cli

_RESULTS = flags.DEFINE_list("results", None, "What `evaluate` wrote of each run.", required=True)
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(_):
    print(f"reading {', '.join(_RESULTS.value)}", flush=True)
    from experiments.tables import seeds
    from imgforensics.evaluation import results
    from imgforensics.reports import table1, tables

    records = [results.read(path, table1.PROTOCOLS) for path in _RESULTS.value]
    joined = seeds.joined(records)
    results.write(joined, _OUT.value)
    print(tables.plain(table1.rows([joined])))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
