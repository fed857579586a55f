"""The stages of a screening, one after another, timed on a cluster of this machine."""

import logging
import pathlib
import time
from collections.abc import Callable

import numpy as np
import ray

from experiments.times import documents
from imgforensics import pretrained
from imgforensics.engines import engines
from imgforensics.engines.interface import Engine
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.library import descriptions, embedding, intake
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.interface import Filter
from imgforensics.screening import candidates, looks
from imgforensics.utils import machine
from imgforensics.verification import calibration
from imgforensics.verification.calibration import Calibration

_NEAREST = 100  # of each panel, which are voted on


def measured(work: pathlib.Path, images: np.ndarray, count: int, workers: list[int]) -> dict:
    """Times a screening on clusters of this machine.

    Args:
        work: new folder for documents and cases.
        images: uint8 [n, 256, 256], at least `documents.panels(count + 1)`.
        count: how many manuscripts are screened.
        workers: how many each cluster has, of a CPU each.

    Returns:
        What a record holds: the machine, and of each cluster its stages.
    """
    first = documents.panels(1)
    documents.write(work / "first", images[:first], 1)
    documents.write(work / "documents", images[first:], count)
    model = pretrained.load_pretrained()
    path = calibration.beside(pretrained.path())
    calibrated = calibration.load(path, weights.fingerprint(model))
    clusters = {}
    for number in workers:
        ray.init(num_cpus=number, num_gpus=0, log_to_driver=False, logging_level=logging.ERROR)
        try:
            with engines.opened("ray") as engine:
                for name in ("first", "documents"):  # by the first one, workers start and compile
                    case = work / f"case-{name}-{number}"
                    stages = _stages(work / name, case, engine, model, calibrated)
        finally:
            ray.shutdown()
        clusters[str(number)] = stages
    return {"machine": machine.describe(), "documents": count, "clusters": clusters}


def _stages(
    folder: pathlib.Path,
    case: pathlib.Path,
    engine: Engine,
    model: Model,
    calibrated: Calibration,
) -> dict[str, dict]:
    """Each stage with how many it did, the seconds, and those of the CPU in this process."""
    found: dict[str, dict] = {}

    def timed(stage: str, work: Callable[[Callable[[int], object]], object]) -> None:
        done: list[int] = []
        started, cpu = time.monotonic(), time.process_time()
        work(done.append)
        found[stage] = {
            "done": sum(done),
            "seconds": time.monotonic() - started,
            "cpu_seconds_here": time.process_time() - cpu,
        }

    with stores.writing(case) as store:

        def search(advance) -> None:
            pairs = candidates.propose(
                store, None, Filter(), model.metric, "all", _NEAREST, advance
            )
            with transaction(store.catalogue):
                candidates.replace(store, pairs)

        timed("read", lambda _: intake.add(store, intake.listed([folder]), engine=engine))
        found["read"]["done"] = len(embedding.missing(store))
        timed("embedded", lambda advance: embedding.add(store, model, advance, engine))
        timed("described", lambda advance: descriptions.add(store, advance, engine))
        timed("searched", search)
        timed("voted", lambda advance: looks.gate_pairs(store, None, advance, engine))
        timed(
            "looked",
            lambda advance: looks.look_at_pairs(store, None, model, calibrated, advance, engine),
        )
        timed(
            "within",
            lambda advance: looks.look_within_pictures(store, model, calibrated, advance, engine),
        )
    return found
