"""The installed extension, as scripts in the window ask it how it stands."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

EXTENSION = "bl_ext.user_default.spacetimepilot_blender"
WORK = Path(os.environ["SPACETIMEPILOT_GUI_WORK"])


def part(name: str) -> Any:
    """A module of the extension's host side, such as "worker.checkup"; there once it is installed."""
    return import_module(f"{EXTENSION}.spacetimepilot_blender.{name}")


def until(holds: Callable[[], object], seconds: float, what: str) -> Iterator[float]:
    """Wait while Blender goes on.

    Raises
    ------
    AssertionError
        If `what` has not come by then.
    """
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"{what} has not come within {seconds:.0f} s"
        yield 0.3
    print(f"{what} is there", flush=True)


def at_rest() -> Iterator[float]:
    """Wait until every viewport shows the worker's picture of its field."""

    def pictured() -> bool:
        watch = part("viewport").watch()
        shown = [] if watch is None or watch.failures else watch.shown()
        return bool(shown) and all(one.startswith("picture") for one in shown)

    yield 1.0
    yield from until(pictured, 300, "the viewport's picture")
    yield 0.5
