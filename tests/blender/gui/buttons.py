"""Finding and pressing buttons of the sidebar the way a person does: with a mouse that really moves.

Blender does not tell where it has drawn a button, but it tells which one the mouse is over.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import bpy
import real_blender as rb

_STEP = 12
"""Pixels between two looks; a button is about 20 high."""
_SCROLLS = 8
_SURE = 0.4


class NoButton(Exception):
    """The button is not in the sidebar."""


def press(operator: str, across: float = 0.5) -> Iterator[float]:
    """Press the sidebar's button of an operator such as "spacetimepilot.bake".

    A generator of waiting times, as `real_blender.drive` takes them.

    Parameters
    ----------
    across : float
        Where in its row the button is, from 0, the sidebar's left side, to 1.

    Raises
    ------
    NoButton
        If no such button is found from the sidebar's top to its end.
    """
    yield from _click_in_sidebar(across, lambda: _hovered().startswith(f"bpy.ops.{operator}("), operator)


def press_setting(path: str, across: float = 0.75) -> Iterator[float]:
    """Click on a setting in the sidebar, such as "spacetimepilot.mode": a menu opens, a box is ticked.

    Parameters
    ----------
    path : str
        The end of the setting's data path.

    Raises
    ------
    NoButton
        If it is not found from the sidebar's top to its end.
    """
    yield from _click_in_sidebar(across, lambda: _hovered_setting().endswith(f".{path}"), path)


def _click_in_sidebar(across: float, hovered: Callable[[], bool], what: str) -> Iterator[float]:
    """Go down the sidebar until the mouse is over what is wanted, and click."""
    x, low, high = _column(across)
    rb.xdo("mousemove", x, (low + high) // 2)
    yield 0.3
    rb.xdo("click", "--repeat", 40, 4)
    yield 0.6
    for _ in range(_SCROLLS):
        for y in range(low + 4, high, _STEP):
            rb.xdo("mousemove", x, y)
            yield 0.08
            if not hovered():
                continue
            yield _SURE  # The mouse may have moved on, and Blender may not have heard of it yet.
            if hovered():
                rb.click(x, y + 3)
                yield 0.5
                return
        rb.xdo("mousemove", x, (low + high) // 2, "click", "--repeat", 6, 5)
        yield 0.6
    raise NoButton(f"There is no button for {what} in the sidebar.")


def press_in_preferences(operator: str) -> Iterator[float]:
    """Press an operator's button in the window of the preferences, where the add-on is shown; the nearest first.

    Raises
    ------
    NoButton
        If no such button is seen there.
    """
    window, area = _preferences()
    region = next(region for region in area.regions if region.type == "WINDOW")
    # A third of the way across: over the only button of a row, and over the first of two.
    x, top = window.x + region.x + region.width // 3, rb.window().height - (window.y + region.y + region.height)
    rows, before = range(top + 4, top + region.height, _STEP), mouse()[1]
    for y in sorted(rows, key=lambda y: abs(y - before)):
        rb.xdo("mousemove", x, y)
        yield 0.08
        if not _hovered(window=window, area=area, region=region).startswith(f"bpy.ops.{operator}("):
            continue
        yield _SURE
        if _hovered(window=window, area=area, region=region).startswith(f"bpy.ops.{operator}("):
            rb.click(x, y + 3)
            yield 0.5
            return
    raise NoButton(f"There is no button for {operator} in the preferences.")


def move_preferences() -> Iterator[float]:
    """Bring the window of the preferences into full view: without a window manager it opens around the mouse."""
    rb.xdo("search", "--name", "Preferences", "windowmove", 60, 20, "windowsize", 880, 760)
    yield 1


def mouse() -> tuple[int, int]:
    """Screen position of the mouse, from the top left corner."""
    found = subprocess.run(["xdotool", "getmouselocation", "--shell"], capture_output=True, text=True, check=True)
    x, y = (int(line.split("=")[1]) for line in found.stdout.splitlines()[:2])
    return x, y


def _preferences() -> tuple[bpy.types.Window, bpy.types.Area]:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "PREFERENCES":
                return window, area
    raise NoButton("The preferences are not open.")


def over_viewport() -> tuple[int, int]:
    """Screen position of the middle of the 3D viewport."""
    area = rb.view3d()
    return area.x + area.width // 3, rb.window().height - (area.y + area.height // 2)


def _column(across: float) -> tuple[int, int, int]:
    """x within the sidebar's buttons, its top and its bottom; from the screen's top left corner."""
    region = rb.region("UI")
    top = rb.window().height - (region.y + region.height)
    return region.x + int(region.width * across) - 15, top, top + region.height


def _hovered(**where: Any) -> str:
    """The Python call of the operator button under the mouse, "" if there is none; in the sidebar, if not elsewhere."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with bpy.context.temp_override(**where) if where else rb.context("UI"):
        if bpy.ops.ui.copy_python_command_button.poll():
            bpy.ops.ui.copy_python_command_button()
    return str(manager.clipboard)


def _hovered_setting() -> str:
    """The data path of the setting under the mouse in the sidebar, "" if there is none."""
    manager = bpy.context.window_manager
    manager.clipboard = ""
    with rb.context("UI"):
        if bpy.ops.ui.copy_data_path_button.poll():
            bpy.ops.ui.copy_data_path_button(full_path=True)
    return str(manager.clipboard)
