"""How the cores of a CPU are shared out.

Each core gets a whole piece of work (some of the rays of a step, some of the pixels of a picture), and meets the others
once at its end. torch's own way, all cores for every single operation, meets hundreds of times in a step, and whenever
another program holds one of the cores, all wait: a bake beside a busy Blender was ten times slower that way.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h of glibc

Result = TypeVar("Result")
_here = threading.local()


@lru_cache(maxsize=1)
def cores() -> int:
    """Threads that torch would use for one operation; from the first call on it uses one, and we share out the rest."""
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    return count


@contextmanager
def leaving_a_core() -> Iterator[None]:
    """Within it, what this thread has run together leaves a core to others, if there are more: a window, say."""
    before = getattr(_here, "left", 0)
    _here.left = 1
    try:
        yield
    finally:
        _here.left = before


def _busy() -> bool:
    return getattr(_here, "busy", False)


def _free_cores() -> int:
    return max(cores() - getattr(_here, "left", 0), 1)


@lru_cache(maxsize=1)
def _helpers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="core")


def run_together(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all tasks on as many threads as there are cores, this one among them; returns their results in order.

    A task that itself calls this runs its tasks one after the other.
    """
    threads = 1 if _busy() else min(_free_cores(), len(tasks))
    if threads <= 1:
        return [task() for task in tasks]
    results: dict[int, Result] = {}
    waiting = iter(list(enumerate(tasks)))

    def work() -> None:
        _here.busy = True
        try:
            # Taking the next element of a list's iterator is atomic under the interpreter's lock.
            for number, task in waiting:
                results[number] = task()
        finally:
            _here.busy = False

    helpers = _helpers(cores() - 1)
    running = [helpers.submit(work) for _ in range(threads - 1)]
    try:
        work()
    finally:
        for future in running:
            future.result()
    return [results[number] for number in range(len(tasks))]


def keep_freed_memory() -> None:
    """Ask glibc to keep freed memory for the next step instead of giving it back page by page.

    Arrays of a few megabytes come and go with every step of a bake; handing them back and forth costs more than
    filling them. Does nothing elsewhere.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    mallopt(_M_ARENA_MAX, 1)
    mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
    mallopt(_M_TRIM_THRESHOLD, 512 * 2**20)


def chunks(count: int, smallest: int = 1024) -> list[tuple[int, int]]:
    """Split `count` items evenly: a few (first, last) for each thread, none much below `smallest`."""
    wanted = max(1, min(1 if _busy() else 2 * _free_cores(), count // smallest))
    edges = [count * i // wanted for i in range(wanted + 1)]
    return list(pairwise(edges))
