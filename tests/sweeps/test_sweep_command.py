"""`imgforensics sweep`, with trainings of seconds."""

import fcntl
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time

import here
import jax
import numpy as np
import pytest

from imgforensics.data import sources, splits
from imgforensics.inference import embed, weights
from imgforensics.manipulations.crop import central_crop
from imgforensics.models import metric
from imgforensics.sweeps import conduct, points, single
from imgforensics.testsets import triplet_sets
from imgforensics.training import checkpoints, writers
from imgforensics.utils.errors import UserError

pytestmark = pytest.mark.usefixtures("hardly_optimized")

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE = 300  # seconds; the machine may be busy

ABOUT = "Which?", "python", {"cpu": "a processor", "cores": 2}


def write_config(path, config, sweep):
    """A config file with a `sweep(add)` of the given lines."""
    path.write_text(
        "from imgforensics.inference import weights\n"
        f"def get_config():\n    return weights.config_from_json({config.to_json()!r})\n"
        "def sweep(add):\n" + "".join(f"    {line}\n" for line in sweep)
    )
    return path


def command(*flags):
    return [sys.executable, "-m", "imgforensics", "sweep", *flags]


def run(*flags):
    return subprocess.run(
        command(*flags), cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
    )


@pytest.fixture
def swept(tiny, tmp_path):
    """A config file with one point that can be trained, and one that can't."""
    lines = ['add("good", seed=0)', 'add("bad", seed=0, **{"loss.name": "facenet"})']
    return write_config(tmp_path / "swept.py", tiny, lines)


def test_sweep_goes_on_passes_over_failures_and_gathers(swept, tiny, finished, tmp_path):
    workdir = tmp_path / "a sweep"
    flags = (f"--config={swept}", f"--workdir={workdir}", "--config.evaluation.test_pairs=20")
    # The good point was interrupted after step 15.
    place = workdir / "points" / "good-seed0"
    shutil.copytree(finished[0], place / "run")
    shutil.rmtree(place / "run" / "checkpoints" / "20")
    path = place / "run" / "config.json"
    path.write_text(path.read_text().replace('"test_pairs": 357', '"test_pairs": 20'))
    done = run(*flags, "--jobs=2")
    assert done.returncode == 1
    assert "going on after step 15" in (place / "log.txt").read_text()
    result = json.loads((place / "result.json").read_text())
    accuracies = (result[which]["accuracy"] for which in ("validation", "test"))
    validation, test = (f"{accuracy:.3f}" for accuracy in accuracies)
    assert f"good-seed0: validation {validation}, test {test}" in done.stdout
    log = workdir / "points" / "bad-seed0" / "log.txt"
    assert f"failed: bad-seed0 (exit code 1), see {log}: error: config.loss.name=fac" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("error: 1 of 2 points have no result: the same ")
    assert "Traceback" not in done.stderr + log.read_text()
    table = (workdir / "table.md").read_text()
    low, high = result["validation"]["interval"]
    assert f"| good | {validation} [{low:.3f},\xa0{high:.3f}] | {test} [" in table
    assert "seeds 0; 160 triplets a run; 1 runs" in table and table in done.stdout
    assert "Not run: 1 of 2 points, of seed 0." in table
    assert f"--workdir={workdir}' --config.evaluation.test_pairs=20`" in table
    record = json.loads((workdir / "sweep.json").read_text())
    assert record["rows"][0]["validation"]["accuracy"] == [result["validation"]["accuracy"]]
    for name in ("table.csv", "plot.png", "plot.svg"):
        assert (workdir / name).stat().st_size
    # It ended as the run that nothing interrupted, and is judged by its best weights.
    assert int(checkpoints.read_model(place / "run", "latest").step) == 20
    assert result["weights"]["step"] == int(finished[1].best.step)
    assert result["point"]["seconds"] > 0

    # Without the bad point the sweep is complete.
    base = weights.config_from_json(json.dumps(result["config"]))
    good, _ = points.load(write_config(swept, base, ['add("good", seed=0)']))
    every = points.expand(base, good)
    assert conduct.unfinished(workdir, every, base) == []
    assert conduct.gather(workdir, every, base, *ABOUT)["missing"] == []
    assert "Not run" not in (workdir / "table.md").read_text()

    # Another config is not taken for it, whether it trains or judges otherwise.
    (point,) = points.expand(tiny, points.load(swept)[0])
    assert_refuses(workdir, point, tiny, "evaluation.test_pairs is 20 there and 357 here")
    (point,) = every
    base.manipulations.clutter.text = 0.0
    assert_refuses(workdir, point, base, "manipulations.clutter.text is 0.25 there and 0.0 here")


def assert_refuses(workdir, point, base, message):
    with pytest.raises(UserError, match=message):
        single.result(workdir, point, base)


def test_points_are_judged_on_the_manipulations_of_the_base(tiny, finished, tmp_path):
    """The base leaves images as they are, whatever the point was trained on."""
    base = tiny.copy_and_resolve_references()
    base.evaluation.test_pairs = 10
    manipulations = base.manipulations
    manipulations.clutter.rectangle = manipulations.clutter.text = 0.0
    for step in ("reflection", "perspective", "similarity", "gamma", "local_edit"):
        manipulations[step].probability = 0.0
    manipulations.subtract_minimum = False
    config = tiny.copy_and_resolve_references()
    point = points.Point("other-seed0", "other", {"seed": 0}, config.lock())
    shutil.copytree(finished[0], single.run_folder(tmp_path, point))
    single.run(tmp_path, [point], base)
    result = single.result(tmp_path, point, base)
    assert result["config"] == json.loads(config.to_json())
    assert result["test"]["decisions"] == 10

    model = checkpoints.read_model(finished[0])
    micrographs = sources.load(tiny.data)
    validation = splits.split(micrographs, tiny.data.split, tiny.data.split_seed).validation
    anchors, others = triplet_sets.triplet_indices(
        jax.random.split(triplet_sets.validation_key(0))[0], len(validation), 6
    )
    cropped = np.stack([central_crop(image, 32) for image in micrographs.images[validation]])
    first, second = (embed.embed(model, cropped, branch) for branch in (0, 1))
    f = [metric.distance(model.metric, first[anchors], second[i]) for i in (anchors, others)]
    correct = int((f[0] <= 1).sum() + (f[1] > 1).sum())
    assert result["validation"]["accuracy"] == correct / 12
    found = (result["validation"][f"likelihood_{name}"] for name in ("same", "different"))
    for likelihoods, distances in zip(found, f, strict=True):
        np.testing.assert_allclose(likelihoods, metric.likelihood(distances), rtol=1e-4)


def test_points_are_judged_on_the_micrographs_of_the_base(tiny, tmp_path, monkeypatch):
    """A point that draws its own is trained on those, by a training that is only told of here."""
    (point,) = points.expand(tiny, lambda add: add("other", **{"data.source": "procedural"}))
    trained, judged = [], []
    model = weights.Model(point.config, {}, {}, 20)

    def judge(config_of, micrographs, chosen):
        judged.append((config_of.config.data.source, micrographs.images[chosen]))
        return {"accuracy": 0.5, "likelihood": [0.9, 0.1], "is_same": [True, False]}

    monkeypatch.setattr(single.loop, "train", lambda config, _: trained.append(config.data.source))
    monkeypatch.setattr(single.checkpoints, "read_model", lambda _: model)
    monkeypatch.setattr(single.synthetic, "validation", judge)
    monkeypatch.setattr(single.synthetic, "test", judge)
    single.run(tmp_path, [point], tiny)
    assert trained == ["procedural"]

    micrographs = sources.load(tiny.data)
    split = splits.of(micrographs, tiny.data)
    for (source, images), chosen in zip(judged, (split.test, split.validation), strict=True):
        assert source == "folder"
        np.testing.assert_array_equal(images, micrographs.images[chosen])
    result = single.result(tmp_path, point, tiny)
    assert result["config"]["data"]["source"] == "procedural"
    assert result["judged_on"]["data.source"] == "folder"


def test_point_is_run_by_one_process_at_a_time(swept, tiny, tmp_path):
    point = points.expand(tiny, points.load(swept)[0])[0]
    place = single.folder(tmp_path, point)
    place.mkdir(parents=True)
    with open(place / "lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(UserError, match="good-seed0 is being run by another process"):
            single.run(tmp_path, [point], tiny)
    assert sorted(path.name for path in place.iterdir()) == ["lock"]


def test_sweep_of_which_nothing_has_ended_says_so(swept, tiny, tmp_path):
    every = points.expand(tiny, points.load(swept)[0])
    with pytest.raises(UserError, match="no point of the sweep in .* has ended"):
        conduct.gather(tmp_path, every, tiny, *ABOUT)
    assert conduct.unfinished(tmp_path, every, tiny) == every
    assert list(tmp_path.iterdir()) == [swept]


def test_commands_are_printed_and_results_gathered_without_training(swept, tiny, tmp_path):
    workdir = tmp_path / "a sweep"
    flags = (f"--config={swept}", f"--workdir={workdir}")
    printed = here.run("sweep", *flags, "--dry_run")
    assert printed.returncode == 0, printed.stderr
    commands = [shlex.split(line) for line in printed.stdout.splitlines()]
    good, bad = (
        ["imgforensics", *command(*flags)[3:], f"--point={name}-seed0"] for name in ("good", "bad")
    )
    assert commands == [good, bad] and not workdir.exists()

    # Another machine has run the first point.
    point = points.expand(tiny, points.load(swept)[0])[0]
    result = {
        "seed": 0, "weights": {"step": 20}, "config": json.loads(point.config.to_json()),
        "validation": {"accuracy": 0.75, "interval": [0.5, 1.0]},
        "test": {"accuracy": 0.625, "interval": [0.5, 0.75], "auc": 0.5},
        "versions": {}, "point": {"label": "good", "fields": {"seed": 0}, "seconds": 1.0},
        "judged_on": single._task(tiny),
    }  # fmt: skip
    single.folder(workdir, point).mkdir(parents=True)
    (single.folder(workdir, point) / "result.json").write_text(json.dumps(result))
    gathered = here.run("sweep", *flags, "--jobs=0")
    assert gathered.returncode == 1
    assert gathered.stderr.splitlines()[-1].startswith("error: 1 of 2 points have no result")
    record = json.loads((workdir / "sweep.json").read_text())
    assert [row["label"] for row in record["rows"]] == ["good"]
    assert record["missing"] == ["bad-seed0"]
    assert [path.name for path in (workdir / "points").iterdir()] == ["good-seed0"]
    printed = here.run("sweep", *flags, "--dry_run")
    assert [shlex.split(line) for line in printed.stdout.splitlines()] == [bad]


@pytest.mark.slow
def test_interrupt_lets_points_save_and_they_go_on(tiny, tmp_path):
    config = tiny.copy_and_resolve_references()
    config.update(steps=400, validate_every=5, checkpoint_every=50)
    swept = write_config(tmp_path / "swept.py", config, ["add(seed=0)"])
    workdir = tmp_path / "sweep"
    flags = (f"--config={swept}", f"--workdir={workdir}")
    run_folder = workdir / "points" / "base-seed0" / "run"
    with subprocess.Popen(
        command(*flags), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        while not writers.read(run_folder):
            assert process.poll() is None, process.communicate()
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "stopped: base-seed0" in out
    assert err.splitlines()[-1] == "stopped; the same command goes on from there"
    saved = checkpoints.read_model(run_folder, "latest").step
    assert 5 <= saved < 400
    done = run(*flags)
    assert done.returncode == 0, done.stderr
    log = (run_folder.parent / "log.txt").read_text()
    assert f"going on after step {saved} of" in log
    assert os.path.exists(workdir / "table.md")


@pytest.mark.slow
def test_points_that_differ_in_scalars_are_trained_together(tiny, tmp_path):
    lines = ["for seed in (0, 1):", "    add(seed=seed)", "add(batch_size=4)"]
    config = tiny.copy_and_resolve_references()
    config.steps = 4
    swept = write_config(tmp_path / "swept.py", config, lines)
    flags = (f"--config={swept}", f"--workdir={tmp_path / 'a sweep'}", "--config.patience=9")
    for together, groups in (
        ([], [["base-seed0"], ["base-seed1"], ["batch_size=4-seed0"]]),
        (["--together"], [["base-seed0", "base-seed1"], ["batch_size=4-seed0"]]),
    ):
        printed = run(*flags, *together, "--dry_run")
        assert printed.returncode == 0, printed.stderr
        assert [shlex.split(line) for line in printed.stdout.splitlines()] == [
            ["imgforensics", *command(*flags)[3:], *(f"--point={name}" for name in group)]
            for group in groups
        ]
    assert not (tmp_path / "a sweep").exists()
    done = run(*flags, "--together")
    assert done.returncode == 0, done.stderr
    record = json.loads((tmp_path / "a sweep" / "sweep.json").read_text())
    assert [(row["label"], row["seeds"]) for row in record["rows"]] == [
        ("base", [0, 1]),
        ("batch_size=4", [0]),
    ]
