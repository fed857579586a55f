"""The commands that measure robustness and draw all figures."""

import json
import pathlib
import subprocess
import sys

import here
import numpy as np
import pytest
from PIL import Image

from imgforensics.evaluation import protocols, results
from imgforensics.explore import projection as projections
from imgforensics.inference import weights
from imgforensics.reports.figures import every
from imgforensics.utils.errors import UserError

ROOT = pathlib.Path(__file__).parents[2]


def run(command, *flags):
    command = [sys.executable, "-W", "error", "-m", "imgforensics", command, *flags]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@pytest.fixture(scope="module")
def root(model, micrographs, tmp_path_factory):
    """Weights, a folder of micrographs, and the record of an evaluation on them."""
    root = tmp_path_factory.mktemp("figures")
    weights.export(model, root / "model.npz")
    for image, name, source in zip(micrographs.images, micrographs.names, micrographs.sources):
        (root / "images" / source).mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / "images" / source / f"{name}.png")
    data = model.config.data.copy_and_resolve_references()
    data.update(source="folder", folder=str(root / "images"))
    measured = protocols.measure(model, data, which=["test"])
    results.write(results.record(model, root / "model.npz", None, **measured), root / "e.json")
    return root


def inputs(root, **named):
    return every.Inputs(**{"weights": root / "model.npz", "source": "folder", **named})


def test_robustness_of_a_folder_is_one_command(root):
    out = root / "out" / "r.json"
    done = run(
        "robustness", f"--weights={root / 'model.npz'}", "--source=folder", "--split=all",
        f"--folder={root / 'images'}", "--images=12", "--manipulations=inversion", f"--out={out}",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "r.csv", "r.json", "r.md", "r.png", "r.svg",
    ]  # fmt: skip
    record = json.loads(out.read_text())
    assert record["robustness"]["images"] == 12 and record["split"] == "all"
    assert [m["name"] for m in record["robustness"]["manipulations"]] == ["inversion"]
    assert record["data"]["read"]["crops"] == 100
    assert "12 images of 12 source images (folder, all)" in done.stdout
    every.draw("robustness", inputs(root, robustness=out), root / "again")
    for kind in ("png", "svg"):
        again = (root / "again" / f"robustness.{kind}").read_bytes()
        assert again == out.with_suffix(f".{kind}").read_bytes()


def test_figures_are_one_command(root):
    flags = f"--weights={root / 'model.npz'}", f"--out={root / 'some'}", "--figures=alpha"
    done = here.run("figures", *flags)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (root / "some").iterdir()) == ["alpha.png", "alpha.svg"]


def test_without_names_all_are_drawn_that_can_be(root, tmp_path):
    names, missing = every.choose(None, every.Inputs())
    assert names == ["deformations"] and set(missing) == set(every.FIGURES) - {"deformations"}
    names, missing = every.choose(None, inputs(root, evaluation=root / "e.json"))
    assert set(missing) == {"training", "robustness"}
    assert missing["training"] == "a training run's folder as --weights"
    names, missing = every.choose(None, inputs(root, weights=tmp_path, robustness="r.json"))
    assert {"training", "robustness", "alpha"} <= set(names) and "roc" in missing
    with pytest.raises(UserError, match="the figure training needs a training run's folder as"):
        every.choose(["alpha", "training"], inputs(root))
    with pytest.raises(UserError, match="^the figure roc needs --evaluation$"):
        every.choose(["alpha", "roc"], inputs(root))
    with pytest.raises(UserError, match="no figure 'histogram': choose of deformations, real_runs"):
        every.choose(["alpha", "histogram"], inputs(root))


def test_a_run_that_has_not_begun_has_no_curves(model, tmp_path):
    def draw():
        every.draw("training", every.Inputs(weights=tmp_path), tmp_path)

    with pytest.raises(UserError, match="holds no run"):
        draw()
    (tmp_path / "config.json").write_text(model.config.to_json())
    with pytest.raises(UserError, match=f"{tmp_path} holds no metrics yet"):
        draw()
    line = {"step": 1, "loss": 1, "accuracy": 0.5, "validation_loss": 1, "validation_accuracy": 0.6}
    (tmp_path / "metrics.jsonl").write_text(json.dumps(line) + "\n")
    draw()
    assert (tmp_path / "training.svg").exists()


def test_records_without_the_protocol_are_named(root, tmp_path):
    for name, named, message in (
        ("roc", {"evaluation": root / "e.json"}, "e.json has no 'negatives': evaluate again"),
        ("real_runs", {"evaluation": tmp_path / "no.json"}, "cannot read .*no.json: No such file"),
        ("robustness", {"robustness": root / "e.json"}, "e.json holds no robustness: name a file"),
        ("alpha", {"weights": tmp_path / "no.npz"}, "there are no weights at"),
    ):
        with pytest.raises(UserError, match=message):
            every.draw(name, inputs(root, **named), tmp_path)
    assert not list(tmp_path.iterdir())


def test_pairs_are_those_that_were_evaluated(root, tmp_path, micrographs, monkeypatch):
    drawn = []
    monkeypatch.setattr(every, "pairs", lambda *arrays: drawn.append(arrays))
    monkeypatch.setattr(every.saving, "save", lambda figure, path: None)
    moved = (root / "images").rename(root / "moved")
    named = {"evaluation": root / "e.json", "folder": str(moved)}
    every.draw("pairs", inputs(root, **named), tmp_path)
    [(first, second, is_same, likelihood)] = drawn
    record = results.read(root / "e.json")["test"]
    assert first.shape == second.shape == (40, 32, 32)
    assert is_same.tolist() == record["is_same"] and likelihood.tolist() == record["likelihood"]
    crops = [image[112:144, 112:144] / np.float32(255) for image in micrographs.images]
    same = [max(np.isclose(crop, image, atol=1e-6).mean() for crop in crops) for image in first]
    assert np.median(same) == 1  # but for clutter
    wide = json.loads((root / "e.json").read_text()) | {"ranges": "wide"}
    (tmp_path / "wide.json").write_text(json.dumps(wide))
    every.draw("pairs", inputs(root, **named | {"evaluation": tmp_path / "wide.json"}), tmp_path)
    assert np.abs(drawn[1][1] - second).max() > 0.1  # made by the manipulations that were judged
    for file in sorted(moved.glob("*/*"))[:60]:
        file.unlink()
    with pytest.raises(UserError, match="test images, and 14 were evaluated: name the same ones"):
        every.draw("pairs", inputs(root, **named), tmp_path)


def test_projected_are_anchors_and_their_copies(model, micrographs):
    shown = projections.project(model, micrographs, np.arange(20, 40), most=30)
    assert shown.images.shape == (30, 32, 32) and shown.coordinates.shape == (30, 2)
    inner = slice(112, 144)
    anchors = micrographs.images[20:40, inner, inner] / np.float32(255)
    plain = projections.project(model, micrographs, np.arange(20, 40), most=1024)
    assert plain.images.shape == (40, 32, 32)
    # But for clutter, which is drawn on some, the first half are the crops themselves.
    same = np.isclose(plain.images[:20], anchors, atol=1e-6).mean(axis=(1, 2))
    assert (same > 0.5).all() and (same == 1).any()
    copies = np.isclose(plain.images[20:], anchors, atol=1e-6).mean(axis=(1, 2))
    assert copies.mean() < same.mean()
    with pytest.raises(UserError, match=r"1 image\(s\) make no plane"):
        projections.project(model, micrographs, np.arange(1), most=30)
