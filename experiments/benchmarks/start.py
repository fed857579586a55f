"""How long commands take to say something, and what the cache of compiled programs saves."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import tqdm

# Arguments with which commands start to work; a command that has none here is asked for help. What
# they name does not exist: the first line comes before it is looked for, or says so.
_WEIGHTS = "--weights={scratch}/weights.npz"
_ARGUMENTS = {
    "baselines": ["--folder={scratch}/none", "--out={scratch}/baselines.json"],
    "benchmark": ["--only=none", "--out={scratch}/benchmark.json"],
    "scale_alpha": [_WEIGHTS, "--out={scratch}/scaled.npz"],
    "compare": ["{scratch}/a.png", "{scratch}/b.png", "--out={scratch}"],
    "erasure": [_WEIGHTS, "--out={scratch}/erasure.json"],
    "explain": [_WEIGHTS, "--out={scratch}/overlay.png", "{scratch}/a.png", "{scratch}/b.png"],
    "explore": [_WEIGHTS, "--folder={scratch}/none", "--out={scratch}/explorer"],
    "fit_verified": [_WEIGHTS],
    "pairwise": [_WEIGHTS, "--folder={scratch}/none", "--out={scratch}/pairs"],
    "parity": ["{scratch}/golden.npz"],
    "readme": ["--results={scratch}"],
    "robustness": [_WEIGHTS, "--out={scratch}/robustness.json"],
    "sweep": ["--config=configs/ablate_loss.py", "--workdir={scratch}/sweep", "--jobs=0"],
    "table1": ["--results={scratch}/evaluation.json"],
    "train": ["--config=configs/quick.py", "--workdir={scratch}/run"],
    "evaluate": [_WEIGHTS, "--out={scratch}/evaluation.json"],
    "export_weights": ["--workdir={scratch}/run", "--out={scratch}/weights.npz"],
    "score_pairs": [
        _WEIGHTS,
        "--root={scratch}",
        "--pairs={scratch}/pairs.csv",
        "--out={scratch}/scores.csv",
    ],
    "prepare_data": ["--source=folder", "--folder={scratch}/none", "--out={scratch}/data"],
    "figures": ["--out={scratch}/figures"],
}
# A run of the paper's network, in small, that is little else than starting and compiling.
_SMALL_RUN = [
    "--config=configs/ablation.py",
    "--config.data.size=99",
    "--config.batch_size=8",
    "--config.steps=1",
    "--config.validation_triplets=8",
]


def first_lines(root: pathlib.Path, repeats: int) -> dict[str, dict]:
    """Times every command from its launch to its first line.

    These are the commands of a folder `experiments`, and the installed command `imgforensics`, if
    it is installed beside this Python.

    Args:
        root: the folder that holds `experiments` and `configs`.
        repeats: timed launches of each, after one that is not.

    Returns:
        By command: its arguments, its first line, seconds and their median.
    """
    names = sorted(path.stem for path in (root / "experiments").glob("[!_]*.py"))
    commands = {name: (_module(name), _ARGUMENTS.get(name, ["--help"])) for name in names}
    installed = pathlib.Path(sys.executable).with_name("imgforensics")
    if installed.exists():
        commands["imgforensics compare"] = [str(installed)], ["compare", *_ARGUMENTS["compare"]]
    found = {}
    for name, (command, arguments) in tqdm.tqdm(commands.items(), desc="first lines"):
        seconds = []
        for _ in range(1 + repeats):
            with tempfile.TemporaryDirectory() as scratch:
                given = [argument.format(scratch=scratch) for argument in arguments]
                line, took = _first_line(root, [*command, *given])
            seconds.append(took)
        seconds = seconds[1:]
        found[name] = {
            "arguments": arguments,
            "line": line.replace(scratch, "{scratch}"),
            "seconds": seconds,
            "median": statistics.median(seconds),
        }
    return found


def small_runs(root: pathlib.Path) -> dict:
    """Times a run of a single small step with an empty cache, and again with what it left there.

    Returns:
        Seconds from launch to exit, `cold` and `warm`, and the arguments.
    """
    with tempfile.TemporaryDirectory() as scratch, tqdm.tqdm(total=2, desc="small runs") as bar:
        environment = os.environ | {"JAX_COMPILATION_CACHE_DIR": f"{scratch}/cache"}
        seconds = {}
        for kind in ("cold", "warm"):
            command = [*_module("train"), *_SMALL_RUN, f"--workdir={scratch}/{kind}"]
            start = time.perf_counter()
            subprocess.run(command, cwd=root, env=environment, check=True, capture_output=True)
            seconds[kind] = time.perf_counter() - start
            bar.update()
    return {**seconds, "arguments": _SMALL_RUN}


def _module(name):
    return [sys.executable, "-m", f"experiments.{name}"]


def _first_line(root, command):
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        line = process.stdout.readline()
        while line.isspace():
            line = process.stdout.readline()
        took = time.perf_counter() - start
        process.kill()
    return line.strip(), took
