"""From documents to weights that know the verdicts on them: the commands of docs/training.md."""

import numpy as np
import pytest
from here import run
from PIL import Image

from imgforensics.data import labelled
from imgforensics.inference import embed, weights
from imgforensics.library import store as stores
from imgforensics.models import metric
from imgforensics.screening import verdicts
from imgforensics.training import configs

pytestmark = pytest.mark.usefixtures("hardly_optimized")
# Its network is too small to learn from images that are manipulated in all ways.
_CONFIG = """
from imgforensics.training import configs

def get_config():
    config = configs.load("common")
    config.data.source, config.data.split = "folder", (0.5, 0.5, 0.0)
    config.manipulations.output_size = 32
    for step in ("reflection", "perspective", "similarity", "jpeg", "gamma", "local_edit"):
        config.manipulations[step].probability = 0.0
    config.manipulations.clutter.update(rectangle=0.0, text=0.0)
    config.model.update(channels=(4, 8), hidden_features=16, embedding_features=8)
    config.model.init_stddev = 0.1
    config.optimizer.name, config.optimizer.learning_rate = "adam", 3e-3
    config.batch_size, config.validation_triplets = 8, 6
    config.validate_every = config.checkpoint_every = 100
    return config
"""


def called(*arguments):
    told = run(*arguments)
    assert told.returncode == 0, told.stderr
    return told.stdout


def mottled(seed, side=96):
    """uint8 [side, side]: soft noise, and sharp noise on it, so that it is a picture."""
    rng = np.random.default_rng(seed)
    coarse = Image.fromarray(rng.integers(40, 215, (12, 12)).astype(np.uint8))
    soft = np.asarray(coarse.resize((side, side), Image.Resampling.BICUBIC), float)
    return np.uint8(np.clip(soft + rng.normal(0, 6, soft.shape), 0, 248))


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """Six documents, each of a picture and its negative, with what a person said of them."""
    folder = tmp_path_factory.mktemp("judged")
    (folder / "documents").mkdir()
    for number in range(6):
        page = Image.new("L", (240, 130), 255)
        picture = mottled(number)
        page.paste(Image.fromarray(picture), (10, 15))
        page.paste(Image.fromarray(255 - picture), (130, 15))
        page.save(folder / "documents" / f"{number}.png")
    case = folder / "case"
    called("screen", folder / "documents", f"--case={case}")
    with stores.reading(case) as store:
        found = store.catalogue.execute(
            "select file, picture from places order by path, x0"
        ).fetchall()
    assert len(found) == 12
    pictures = [picture for _, picture in found]
    given = [
        verdicts.verdict(pair, verdict, "R. Viewer", "", "0" * 64)
        for number in range(6)
        for verdict, pair in [
            ("concern", pictures[2 * number : 2 * number + 2]),
            # Each with the next document's, but for the last of three: two groups of documents.
            *([("not the same", pictures[2 * number + 1 : 2 * number + 3])] * (number % 3 < 2)),
        ]
    ]
    verdicts.save(given, folder / "verdicts.json")
    called("verdicts", "import", case, folder / "verdicts.json")
    return case


def mean_f(path, pairs):
    """The mean f of pairs that are the same, and of those that are not."""
    model, side = weights.load(path), 32
    before = (256 - side) // 2
    seen = pairs.images[:, before : before + side, before : before + side]
    first, second = embed.embed(model, seen)[pairs.pairs.T]
    f = np.asarray(metric.distance(model.metric, first, second))
    return f[pairs.same].mean(), f[~pairs.same].mean()


def test_weights_learn_what_people_said(case, textures, tmp_path):
    config, mine, dataset, tuned = (
        tmp_path / name for name in ("config.py", "mine.npz", "pairs", "tuned.npz")
    )
    config.write_text(_CONFIG)
    data = f"--config.data.folder={textures}"
    run = tmp_path / "mine"
    called("train", f"--config={config}", f"--workdir={run}", data, "--config.steps=60")
    called("export_weights", f"--workdir={run}", f"--out={mine}", "--which=latest")
    assert "10 pairs written" in called("verdicts", "dataset", case, dataset)
    run = tmp_path / "tuned"
    told = called(
        "train", f"--config={config}", f"--workdir={run}", data, "--config.steps=160",
        f"--config.initial_weights={mine}", f"--config.data.labelled={dataset}",
        "--config.data.labelled_share=0.5",
    )  # fmt: skip
    assert "of 10 labelled pairs (6 the same) training on 5 (3), validating on 5 (3)" in told
    called("export_weights", f"--workdir={run}", f"--out={tuned}", "--which=latest")
    trained, _ = labelled.split(labelled.read(dataset, 32), configs.read(str(config)).data)
    copies, others = mean_f(mine, trained)
    copies_after, others_after = mean_f(tuned, trained)
    assert copies_after < copies and others_after > others
    assert copies_after < 1 < others_after
