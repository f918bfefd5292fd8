"""Work shared out over cores."""

from __future__ import annotations

import threading
from functools import partial
from itertools import pairwise

import pytest

from bake.device import threads
from bake.device.threads import chunks, leaving_a_core, run_together


@pytest.fixture(autouse=True)
def three_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 3)


def test_results_come_in_order_and_inner_work_stays_on_its_thread() -> None:
    def inner() -> int:
        return threading.get_ident()

    def outer(number: int) -> tuple[int, bool]:
        return number, set(run_together([inner] * 4)) == {threading.get_ident()}

    assert run_together([partial(outer, n) for n in range(20)]) == [(n, True) for n in range(20)]


def test_a_core_can_be_left_to_others() -> None:
    def used(tasks: int) -> int:
        together = threading.Barrier(tasks, timeout=5)
        return len(set(run_together([lambda: (together.wait(), threading.get_ident())[1]] * tasks)))

    assert used(3) == 3
    with leaving_a_core():
        assert used(2) == 2
        with pytest.raises(threading.BrokenBarrierError):
            used(3)
    assert used(3) == 3


def test_what_goes_wrong_in_a_task_is_raised_and_the_next_call_works() -> None:
    def fail(number: int) -> int:
        if number == 5:
            raise ValueError("five")
        return number

    for _ in range(3):
        with pytest.raises(ValueError, match="five"):
            run_together([partial(fail, n) for n in range(8)])
        assert run_together([partial(fail, n) for n in range(3)]) == [0, 1, 2]


@pytest.mark.parametrize("count", [0, 1, 5, 1000, 100_000])
def test_chunks_cover_everything_once(count: int) -> None:
    edges = chunks(count, smallest=10)
    assert edges[0][0] == 0 and edges[-1][1] == count
    assert all(one[1] == other[0] for one, other in pairwise(edges))
