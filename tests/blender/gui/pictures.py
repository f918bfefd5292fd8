"""What is on the screen: screenshots to look at, and pixels of the viewport to compare."""

from __future__ import annotations

import subprocess

import numpy as np
import real_blender as rb
from product import WORK

_ABOVE, _BELOW, _BESIDE = 120, 50, 60
"""Pixels at the viewport's edges that hold its header, its texts and its tools."""


def take(name: str) -> None:
    """Leave a screenshot."""
    rb.shot(str(WORK / "screenshots" / f"{name}.png"))


def seen() -> np.ndarray:
    """What the viewport shows between its tools and its sidebar, (height, width, 3) float32, 0 to 255."""
    area, sidebar = rb.view3d(), rb.region("UI")
    left, top = area.x + _BESIDE, rb.window().height - (area.y + area.height) + _ABOVE
    return _cut(left, top, sidebar.x - left - _BESIDE, area.height - _ABOVE - _BELOW)


def seen_in_sidebar() -> np.ndarray:
    """What the sidebar shows, as `seen`."""
    region = rb.region("UI")
    return _cut(region.x, rb.window().height - (region.y + region.height), region.width, region.height)


def _cut(left: int, top: int, width: int, height: int) -> np.ndarray:
    words = ["import", "-window", "root", "-crop", f"{width}x{height}+{left}+{top}", "-depth", "8", "rgb:-"]
    pixels = subprocess.run(words, capture_output=True, check=True, timeout=60).stdout
    return np.frombuffer(pixels, np.uint8).reshape(height, width, 3).astype(np.float32)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far two pictures are from each other: the mean difference of their pixels, 0 to 255."""
    return float(np.abs(one - other).mean())
