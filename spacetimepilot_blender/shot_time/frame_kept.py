"""Walking through a scene's frames, and coming back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import bpy


@contextmanager
def frame_kept(scene: bpy.types.Scene) -> Iterator[None]:
    """Let a block show other frames of a scene; at its end, whatever happens, frame and sub-frame are as before."""
    frame, subframe = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        scene.frame_set(frame, subframe=subframe)
