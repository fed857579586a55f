"""The real protocol: cases of re-used images, judged in repeated runs (paper section 4)."""

from collections.abc import Callable, Sequence

import numpy as np
import tqdm

from imgforensics.inference.embed import SCORING, embed, embed_together, likelihood
from imgforensics.inference.weights import Model
from imgforensics.metrics import intervals
from imgforensics.models.interface import ANCHOR

# From the indices of the first and of the second images, int [n] each, to likelihoods [n].
Scorer = Callable[[np.ndarray, np.ndarray], np.ndarray]


def embed_cases(
    model: Model, images: np.ndarray, scoring: str = "v01"
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Embeds every image as a first and as a second one of pairs, by running moments.

    Args:
        model: what is judged.
        images: uint8 [n, side, side].
        scoring: 'v01' or 'v02', see `embed.SCORING`.

    Returns:
        float32 [n, D] as first images, and as second images for each branch of `SCORING`.
    """

    def shown(branch):
        progress = tqdm.tqdm(images, desc=f"real, branch {branch}", unit=" images")
        return embed(model, progress, branch)

    return shown(ANCHOR), [shown(branch) for branch in SCORING[scoring]]


def running_scorer(model: Model, first: np.ndarray, seconds: Sequence[np.ndarray]) -> Scorer:
    """Scores pairs of images by running moments.

    Args:
        model: what is judged.
        first, seconds: from `embed_cases`.
    """
    return lambda i, j: likelihood(model, first[i], *[second[j] for second in seconds])


def batch_scorer(model: Model, images: np.ndarray) -> Scorer:
    """Scores pairs by the moments of the evaluated batch, as the authors' code does in this test.

    All first images of a run are one batch, and all second images are another.

    Args:
        model: what is judged.
        images: uint8 [n, side, side].
    """
    return lambda i, j: likelihood(
        model, embed_together(model, images[i]), embed_together(model, images[j])
    )


def draw_pairs(labels: np.ndarray, rng) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draws a run's pairs.

    Args:
        labels: str [n], the class of each image; two classes or more, of two images or more.
        rng: numpy.random.RandomState.

    Returns:
        first, same and different: int [classes] indices into `labels`, in the classes' sorted
        order. (first, same) are two random images of the class; `different` is a random image of a
        random other class.
    """
    members = [np.flatnonzero(labels == name) for name in np.unique(labels)]
    pairs = np.array([rng.permutation(of_class)[:2] for of_class in members])
    step = rng.randint(1, len(members), size=len(members))
    others = (np.arange(len(members)) + step) % len(members)
    different = np.array([rng.choice(members[other]) for other in others])
    return pairs[:, 0], pairs[:, 1], different


def protocol(score: Scorer, labels: np.ndarray, runs: int, seed: int) -> dict:
    """Judges `runs` draws of a same and a different pair for every class.

    The interval is a bootstrap over classes: the runs draw from the same few images, so that their
    decisions are far from independent.

    Args:
        score: gives the likelihoods of pairs.
        labels: str [n], the class of each image.
        runs: how often, at least 1.
        seed: of the draws.

    Returns:
        Plain values: accuracy (mean over runs) and its interval, the accuracy of every run, their
        standard deviation (ddof 1; None for a single run), and of every run the likelihoods of the
        same and the different pair of each class, in the order of `classes`.
    """
    rng = np.random.RandomState(seed)
    likelihoods = []
    for _ in tqdm.trange(runs, desc="real, runs", unit=" runs"):
        first, same, different = draw_pairs(labels, rng)
        scores = score(np.tile(first, 2), np.concatenate([same, different]))
        likelihoods.append(np.split(np.asarray(scores), 2))
    copies, others = np.moveaxis(np.array(likelihoods), 1, 0)  # [runs, classes] each
    correct = ((copies >= 0.5).astype(int) + (others < 0.5)) / 2
    accuracies = correct.mean(axis=1)
    return {
        "accuracy": float(accuracies.mean()),
        "interval": intervals.bootstrap(correct.mean(axis=0)),
        "sd": float(accuracies.std(ddof=1)) if runs > 1 else None,
        "runs": accuracies.tolist(),
        "decisions": 2 * correct.size,
        "classes": np.unique(labels).tolist(),
        "images": len(labels),
        "likelihood_same": copies.tolist(),
        "likelihood_different": others.tolist(),
    }
