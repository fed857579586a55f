"""Which loss: the paper's, or those of the systems that it builds on?

Command: imgforensics sweep --config=ablate_loss --workdir=runs/ablate_loss

The paper's alpha loss with one or all other manipulated images of a batch as negatives, and with a
positive alpha; contrastive losses (2005, 2006); FaceNet's loss (2015) without and with mining;
cross-entropy on pairs (Koch et al. 2015). Each has a metric of its own, see
imgforensics/models/metric.py.

Time: on two cores that had other work, too, with --jobs=2, an hour and a half for 42 runs.
Outcome, trained on 3808 real micrographs and judged on 250 validation triplets and 357 test pairs
of others (the README's ablations have the numbers). All have the learning rate that was chosen for
the paper's loss, and as few triplets as here. The mean AUC of all pairs whose hard negatives weigh
more is the highest; FaceNet's on all triplets and the contrastive ones come close, and the paper's
and Koch's lie below. The former leaves copies beyond f = 1: rank with it, then scale its alpha.
Accuracies of the contrastive losses, FaceNet's on all triplets and alpha over all pairs are alike.
Whether alpha may be negative made no difference that three seeds could show.
"""

from imgforensics.training import configs

ablation = configs.module("ablation")
get_config = ablation.get_config

_POSITIVE = {"model.metric": "positive_alpha_l1"}
_ALL_PAIRS = {"loss.name": "alpha_pairs"}
_HARD = {"loss.hardness": 2.0}
_FACENET = {"loss.name": "facenet", "model.metric": "squared_l2"}
_LOSSES = {
    "alpha": {},
    "alpha, positive": _POSITIVE,
    "alpha, all pairs": _ALL_PAIRS,
    "alpha, all pairs, hard ones weigh more": _ALL_PAIRS | _HARD,
    "alpha, all pairs, positive": _ALL_PAIRS | _POSITIVE,
    "alpha, all pairs, hard ones weigh more, positive": _ALL_PAIRS | _HARD | _POSITIVE,
    "alpha, softmax over all pairs, positive": {"loss.name": "alpha_softmax"} | _POSITIVE,
    "contrastive, exponential": {"loss.name": "contrastive_exponential", "model.metric": "l1"},
    "contrastive, margin": {"loss.name": "contrastive_margin", "model.metric": "l1"},
    "FaceNet, triplets as drawn": _FACENET | {"loss.mining": "all", "loss.negatives": 1},
    "FaceNet, semi-hard": _FACENET | {"loss.mining": "semi_hard"},
    "FaceNet, hard": _FACENET | {"loss.mining": "hard"},
    "FaceNet, all": _FACENET | {"loss.mining": "all"},
    "cross-entropy on pairs (Koch)": {"loss.name": "koch", "model.metric": "biased_alpha_l1"},
}


def sweep(add):
    for seed in ablation.SEEDS:
        for label, fields in _LOSSES.items():
            add(label, seed=seed, **fields)
