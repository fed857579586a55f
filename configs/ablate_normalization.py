"""Which normalisations matter: of pixels, of the batch, of responses (LRN)?

Command: imgforensics sweep --config=ablate_normalization --workdir=runs/ablate_normalization

One at a time is switched; the base has the first two. The last point has the authors' quirk of the
first block's moments.
Time: on two cores, two points at once, a minute and a half a run.
Outcome, on real micrographs, two seeds, three for the base (the README's ablations have the
numbers): those of the batch and of pixels matter, each by more than seeds do. LRN and the authors'
quirk made no difference that these runs could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config


def sweep(add):
    for seed in ablation.SEEDS:
        add("pixels and batch", seed=seed)
        add("without pixels", seed=seed, **{"model.pixel_normalization": False})
        add("without batch", seed=seed, **{"model.batch_normalization": False})
        add("with LRN", seed=seed, **{"model.lrn": True})
        add("first moments of the raw input", seed=seed, **{"model.first_moments_raw": True})
