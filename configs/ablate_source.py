"""Do procedural micrographs do in place of real ones?

Command: python -m experiments.sweep --config=configs/ablate_source.py --workdir=runs/ablate_source
    --config.data.folder=FOLDER

All are judged on the test split of the folder's micrographs, or, with
--config=configs/ablate_source.py:procedural, on that of procedural ones.
Time and outcome: the README's ablations have them once it was run.
"""

from configs import ablation


def get_config(judged_on="folder"):
    config = ablation.get_config()
    config.data.source = judged_on
    return config


def sweep(add):
    for seed in ablation.SEEDS:
        for source in ("folder", "procedural"):
            add(source, seed=seed, **{"data.source": source})
