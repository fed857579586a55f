"""Times by turns, so that a machine that slows down does so for everybody."""

import statistics
import time
from collections.abc import Callable, Mapping

import tqdm


def by_turns(
    calls: Mapping[str, Callable[[], object]], repeats: int, title: str
) -> dict[str, list[float]]:
    """Times functions in turns A B C A B C ..., each after a first call that is not counted.

    Args:
        calls: by name; each returns when its work is done.
        repeats: timed calls of each.
        title: of the progress bar.

    Returns:
        Seconds of every timed call.
    """
    seconds = {name: [] for name in calls}
    with tqdm.tqdm(total=(1 + repeats) * len(calls), desc=title, dynamic_ncols=True) as bar:
        for turn in range(1 + repeats):
            for name, call in calls.items():
                bar.set_postfix_str(name)
                start = time.perf_counter()
                call()
                if turn > 0:
                    seconds[name].append(time.perf_counter() - start)
                bar.update()
    return seconds


def rate(amount: float, seconds: list[float], **facts: str) -> dict:
    """What a contender did in a second.

    Args:
        amount: of work in one call.
        seconds: of every call.
        **facts: what else the record says about it.

    Returns:
        The facts, the amount, the seconds, and the median of amounts per second.
    """
    median = amount / statistics.median(seconds)
    return {**facts, "amount": amount, "seconds": seconds, "per_second": median}


def against(ours: dict, peers: Mapping[str, dict]) -> dict:
    """Sets our rate beside those of peers that were timed in the same turns.

    Args:
        ours: from `rate`.
        peers: likewise, by name.

    Returns:
        All of them, and how many times faster than each peer we are: in each turn, and the median.
    """
    ratios = {}
    for name, theirs in peers.items():
        each = [
            (ours["amount"] / our_time) / (theirs["amount"] / their_time)
            for our_time, their_time in zip(ours["seconds"], theirs["seconds"], strict=True)
        ]
        ratios[name] = {"each": each, "median": statistics.median(each)}
    return {"ours": ours, "peers": dict(peers), "ratios": ratios}
