"""Times the stages of a screening on Ray clusters of one worker and of two on this machine.

    python -m experiments.cluster_rates --folder=MICROGRAPHS --out=results/cluster.json

Manuscripts are composed of micrographs, ten figures of four panels each, and screened once by
workers that have started and compiled. It needs the extra [ray], and takes some minutes on two
cores that do nothing else.
"""

import tempfile

from absl import flags

from imgforensics.utils import cli, outputs

_FOLDER = flags.DEFINE_string("folder", None, "Folder of micrographs.", required=True)
_DOCUMENTS = flags.DEFINE_integer("documents", 5, "How many manuscripts.", lower_bound=1)
_WORKERS = flags.DEFINE_list("workers", ["1", "2"], "How many workers each cluster has.")
_OUT = flags.DEFINE_string("out", None, "JSON file to write.", required=True)


def main(argv) -> None:
    del argv
    print(f"timing, to {_OUT.value}", flush=True)
    outputs.check_file(_OUT.value)
    import pathlib

    import numpy as np

    from experiments.clusters import measure
    from experiments.tables import table_cluster
    from experiments.times import documents
    from imgforensics import pretrained
    from imgforensics.data import sources
    from imgforensics.evaluation import results
    from imgforensics.inference import weights

    config = weights.load(pretrained.path()).config
    micrographs = sources.load(sources.replaced(config.data, "folder", _FOLDER.value))
    wanted = documents.panels(_DOCUMENTS.value + 1)
    chosen = np.random.default_rng(0).permutation(len(micrographs))[:wanted]
    images = np.asarray(micrographs.images[chosen])
    with tempfile.TemporaryDirectory() as work:
        found = measure.measured(
            pathlib.Path(work), images, _DOCUMENTS.value, list(map(int, _WORKERS.value))
        )
    record = {"cluster_rates": found, "versions": results.versions()}
    results.write(record, _OUT.value)
    print(table_cluster.markdown([record]))
    print(f"written to {_OUT.value}")


if __name__ == "__main__":
    cli.run(main)
