"""Results by threads: in order, a few ahead, and nothing left behind."""

import threading
import time

import pytest

from imgforensics.utils import ahead

THREADS = 4


def test_results_come_in_order_and_a_few_items_are_under_way():
    begun = []

    def call(number):
        begun.append(number)
        time.sleep(0.01 * (number % 3))  # so that they end in another order
        return number

    numbers = ahead.in_order(call, range(5, 30), THREADS)
    assert next(numbers) == 5
    for expected in range(6, 20):
        assert next(numbers) == expected
        assert max(begun) <= expected + THREADS
    numbers.close()
    assert max(begun) < 29
    assert list(ahead.in_order(call, range(3), THREADS)) == [0, 1, 2]


def test_as_many_calls_are_under_way_as_there_are_threads():
    together = threading.Barrier(THREADS, timeout=60)
    list(ahead.in_order(lambda _: together.wait(), range(2 * THREADS), THREADS))


def test_no_thread_is_left():
    before = threading.active_count()
    numbers = ahead.in_order(lambda number: number, range(100), THREADS)
    next(numbers)
    assert threading.active_count() > before
    numbers.close()
    assert threading.active_count() == before


@pytest.mark.parametrize("where", ["call", "items"])
def test_an_error_comes_in_its_turn_and_leaves_no_thread(where):
    def fail(number):
        if number == 3:
            raise ZeroDivisionError
        return number

    items = map(fail, range(100)) if where == "items" else range(100)
    call = fail if where == "call" else (lambda number: number)
    before, seen = threading.active_count(), []
    with pytest.raises(ZeroDivisionError):
        for number in ahead.in_order(call, items, THREADS):
            seen.append(number)
    # What items raise is raised as they are taken, ahead of results.
    assert seen == ([0, 1, 2] if where == "call" else [])
    assert threading.active_count() == before
