"""A pool of threads for the numba kernels, which release the interpreter's lock.

numba's own threading layers are either not safe to enter from two threads at once or spin against torch's; plain
threads are neither.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from itertools import pairwise

import torch

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h of glibc

Task = Callable[[], object]


@lru_cache(maxsize=1)
def _helpers(count: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(count, thread_name_prefix="kernels")


def run_together(tasks: Sequence[Task]) -> None:
    """Run all tasks on as many threads as torch uses, this one among them; returns when all are done."""
    threads = min(torch.get_num_threads(), len(tasks))
    if threads <= 1:
        for task in tasks:
            task()
        return
    waiting = iter(tasks)

    def work() -> None:
        # Taking the next element of a list's iterator is atomic under the interpreter's lock.
        for task in waiting:
            task()

    helpers = _helpers(torch.get_num_threads() - 1)
    running = [helpers.submit(work) for _ in range(threads - 1)]
    work()
    for future in running:
        future.result()


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
    mallopt(_M_MMAP_THRESHOLD, 32 * 2**20)
    mallopt(_M_TRIM_THRESHOLD, 512 * 2**20)


def chunks(count: int, smallest: int = 1024) -> list[tuple[int, int]]:
    """Split `count` items evenly: a few (first, last) for each thread, none much below `smallest`."""
    wanted = max(1, min(2 * torch.get_num_threads(), count // smallest))
    edges = [count * i // wanted for i in range(wanted + 1)]
    return list(pairwise(edges))
