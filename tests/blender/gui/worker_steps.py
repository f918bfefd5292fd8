"""How a newcomer sets the worker up, in the preferences."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator

import bpy
from buttons import move_preferences, press, press_in_preferences
from pictures import take
from product import EXTENSION, WORK, part, until

_SECONDS = 240


def set_up_worker() -> Iterator[float]:
    """From the tab's button to a worker that the doctor has seen, with a cancel and a wrong Python on the way."""
    assert not part("sentences").worker_found()[1], "there is a worker already"
    yield from press("preferences.addon_show")
    yield 3
    yield from move_preferences()
    take("first_2_preferences")
    settings = bpy.context.preferences.addons[EXTENSION].preferences
    # Both would be chosen in a file browser, which is a window of its own that scripts do not reach.
    settings.wheels, settings.base_python = str(WORK / "wheels"), str(WORK / "worker/bin/python")
    yield 1
    yield from _cancel_once()
    yield from _choose_bare_python()
    yield from _set_up()
    assert not settings.interpreter, "another Python would go before the new worker"
    _close_preferences()
    yield 1


def _cancel_once() -> Iterator[float]:
    """Press Set Up Worker, then Cancel: nothing is left."""
    watch = part("worker.set_up_watch")
    yield from press_in_preferences("spacetimepilot.set_up_worker")
    assert watch.setting_up()
    yield from press_in_preferences("spacetimepilot.cancel_set_up")
    yield from until(lambda: not watch.setting_up(), 60, "the end of what was cancelled")
    assert watch.set_up_view().state == "stopped" and not part("sentences").worker_found()[1]


def _choose_bare_python() -> Iterator[float]:
    """Name a Python without packages: what it lacks is told by itself."""
    last = part("worker.checkup").last_checkup
    bpy.context.preferences.addons[EXTENSION].preferences.interpreter = sys.executable
    yield from until(lambda: last().findings, 60, "what the bare Python lacks")
    bad = [finding.name for finding in last().findings if not finding.good]
    assert "torch" in bad and "numba" in bad, last()
    yield 2
    take("first_3_lacks")


def _set_up() -> Iterator[float]:
    """Press it again and let it be done; Blender must stay awake."""
    watch, last = part("worker.set_up_watch"), part("worker.checkup").last_checkup
    yield from press_in_preferences("spacetimepilot.set_up_worker")
    pictured, longest, before = False, 0.0, time.monotonic()
    end = time.monotonic() + _SECONDS
    while watch.setting_up() and time.monotonic() < end:
        if watch.set_up_view().fraction > 0.04 and not pictured:
            pictured = True
            take("first_4_setting_up")
            before = time.monotonic()
        yield 0.2
        longest, before = max(longest, time.monotonic() - before), time.monotonic()
    view = watch.set_up_view()
    assert view.state == "done" and part("sentences").worker_found()[1], view
    print(f"Blender was never away for longer than {longest:.2f} s", flush=True)
    yield from until(lambda: last().findings, 120, "what the doctor finds")
    assert all(finding.good for finding in last().findings), last()
    yield 2
    take("first_5_doctor")


def _close_preferences() -> None:
    for window in bpy.context.window_manager.windows:
        if window.screen.areas[0].type == "PREFERENCES":
            with bpy.context.temp_override(window=window):
                bpy.ops.wm.window_close()
            return
    raise AssertionError("the preferences are not open")
