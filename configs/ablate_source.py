"""Do procedural micrographs do in place of real ones?

Command: imgforensics sweep --config=ablate_source --workdir=runs/ablate_source
    --config.data.folder=FOLDER

All are judged on the test split of the folder's micrographs, or, with
--config=ablate_source:procedural, on that of procedural ones.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, judged on real micrographs, two seeds of procedural ones and three of real ones (the
README's ablations have the numbers): real ones were better by about 0.05 of accuracy.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")


def get_config(judged_on="folder"):
    config = ablation.get_config()
    config.data.source = judged_on
    return config


def sweep(add):
    for seed in ablation.SEEDS:
        for source in ("folder", "procedural"):
            add(source, seed=seed, **{"data.source": source})
