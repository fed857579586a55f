"""A screening from its documents to its rows; what was done before is not done again."""

import contextlib
import hashlib
import json
import os
from typing import NamedTuple

from imgforensics.engines.interface import Engine
from imgforensics.engines.local import LOCAL
from imgforensics.inference import weights
from imgforensics.inference.weights import Model
from imgforensics.library import build, furnishing, intake, libraries
from imgforensics.library import store as stores
from imgforensics.library.catalogue import transaction
from imgforensics.library.store import Store
from imgforensics.screening import (
    candidates,
    elsewhere,
    expected,
    looks,
    manifest,
    rows,
    sharing,
)
from imgforensics.screening.candidates import ACROSS
from imgforensics.screening.manifest import Manifest, Parameters
from imgforensics.screening.rows import Row
from imgforensics.utils.errors import UserError
from imgforensics.verification import calibration
from imgforensics.verification.calibration import SCREENING, Calibration

_SEARCH = "search"  # setting: a hash of all that the candidates depend on
_DOUBTFUL_F = "doubtful f"  # setting: see `rows.ranked`


class Screening(NamedTuple):
    """What comes of a screening: its rows, the best first, and what it was made of."""

    rows: list[Row]
    manifest: Manifest


def screen(
    store: Store,
    listed: intake.Listed,
    parameters: Parameters,
    model: Model,
    calibrated: Calibration,
    engine: Engine = LOCAL,
) -> Screening:
    """Reads, embeds, searches, and looks closely; notes each step, and goes on where it stopped.

    Args:
        store: a case, open for writing.
        listed: the documents to add to it.
        parameters: how to search.
        model: by whose f it is searched and judged.
        calibrated: for this model.
        engine: that does what is done of each document, picture or pair.

    Raises:
        UserError: something can't be read or written, or the library is by other weights.
    """
    build.add(store, listed, model, engine)
    furnishing.mark(store)
    with contextlib.ExitStack() as stack:
        library = None
        if parameters.library is not None:
            library = stack.enter_context(libraries.reading(parameters.library))
            build.check(library.name, library.model(), model)
        of_library = "" if library is None else library.state()
        _search(store, library, parameters, model, of_library)
        with build.bar("voting", looks.to_vote_on(store), "pairs") as advance:
            looks.gate_pairs(store, library, advance, engine)
        closely = len(looks.to_look_at(store))
        with build.bar("looking closely", closely, "pairs") as advance:
            looks.look_at_pairs(store, library, model, calibrated, advance, engine)
        if parameters.scope != ACROSS:
            todo = len(looks.to_look_within(store))
            with build.bar("looking within", todo, "panels") as advance:
                looks.look_within_pictures(store, model, calibrated, advance, engine)
        if library is not None:
            elsewhere.copy(store, library, parameters.wanted)
            sharing.take(store, library)
        searched = candidates.searched(store, library)
    stores.set_to(store, _DOUBTFUL_F, repr(calibrated.f[SCREENING].threshold))
    found = _rows(store, parameters.scope)
    made = Manifest(
        parameters=parameters,
        inputs=_inputs(store),
        not_read=not_read(store),
        model=weights.fingerprint(model),
        calibration=calibration.digest(calibrated),
        library=of_library,
        versions=manifest.versions(),
        searched=searched,
        expected_false=expected.false_rows(store, calibrated),
        rows=len(found),
        rows_sha256=manifest.digest(found),
        left_out=looks.left_out(store),
    )
    manifest.write(store, made)
    return Screening(found, made)


def result(store: Store) -> Screening:
    """What came of the last screening of a case, with the verdicts that were given since.

    Args:
        store: the case, which may be open for reading.

    Raises:
        UserError: it has not come to its end.
    """
    path = store.folder / manifest.NAME
    if not path.is_file():
        raise UserError(f"{store.folder} is not screened to the end: run the same command again")
    made = manifest.read(path)
    return Screening(_rows(store, made.parameters.scope), made)


def not_read(store: Store) -> dict[str, str]:
    """The documents of which something was not read, each with the reasons."""
    found = {}
    for path, reason in store.catalogue.execute("select path, reason from strays where not passed"):
        found[os.fsdecode(path)] = reason
    for path, problem, unread in store.catalogue.execute(
        "select path, problem, unread from paths join files on files.id = paths.file"
        " where problem is not null or unread != '[]'"
    ):
        found[os.fsdecode(path)] = "; ".join(filter(None, [problem, *json.loads(unread)]))
    return dict(sorted(found.items()))


def _rows(store, scope) -> list[Row]:
    return rows.ranked(store.catalogue, scope, float(stores.setting(store, _DOUBTFUL_F) or 0))


def _search(store, library, parameters, model, of_library) -> None:
    """Proposes pairs, unless nothing that they depend on has changed."""
    taking_part = store.catalogue.execute(
        "select distinct picture, file from places where not in_library order by picture, file"
    ).fetchall()
    told = [
        taking_part, weights.fingerprint(model), of_library, parameters.scope,
        parameters.candidates, parameters.since, parameters.kind,
    ]  # fmt: skip
    state = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    if stores.setting(store, _SEARCH) == state:
        return
    pairs = candidates.pairs_to_search(store, library, parameters.scope)
    with build.bar("searching", pairs, "pairs of squares") as advance:
        found = candidates.propose(
            store, library, parameters.wanted, model.metric, parameters.scope,
            parameters.candidates, advance,
        )  # fmt: skip
    with transaction(store.catalogue):
        candidates.replace(store, found)
        stores.set_to(store, _SEARCH, state)


def _inputs(store: Store) -> dict[str, str]:
    """SHA-256 of each file that was read, by its path."""
    found = store.catalogue.execute(
        "select path, sha256 from paths join files on files.id = paths.file where not inside"
    )
    return dict(sorted((os.fsdecode(path), digest) for path, digest in found))
