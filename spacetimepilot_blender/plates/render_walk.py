"""Going through frames as a render evaluates them, without rendering anything.

Only a render has modifiers, visibility and geometry nodes as renders have them, so this is one: by an engine that
leaves its pictures empty.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import bpy

from ..shot_time.frame_kept import frame_kept

_walking = False


class _Walk(bpy.types.RenderEngine):
    bl_idname = "SPACETIMEPILOT_WALK"
    bl_label = "SpaceTimePilot"

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Nothing is drawn."""


def walking() -> bool:
    """Whether what renders now is only a walk."""
    return _walking


def walk(
    scene: bpy.types.Scene,
    layers: Collection[str],
    frames: Iterable[int],
    visit: Callable[[bpy.types.Depsgraph, str], None],
) -> None:
    """Call `visit` with each frame's evaluated scene and the render engine's name; the scene stays where it is.

    Parameters
    ----------
    layers : collection of str
        Names of the view layers to visit, those that are rendered.

    Raises
    ------
    Exception
        What `visit` raises, after the frame in which it does.
    """
    engine = scene.render.engine
    raised: list[Exception] = []

    def at_frame(now: bpy.types.Scene, depsgraph: bpy.types.Depsgraph | None = None) -> None:
        if depsgraph is None or depsgraph.mode != "RENDER" or now.name != scene.name or now.frame_current != number:
            return
        layer = depsgraph.view_layer.name
        if layer not in layers or raised or (number, layer) in seen:
            return
        seen.add((number, layer))
        try:
            visit(depsgraph, engine)
        except Exception as error:  # Blender would swallow it.
            raised.append(error)

    seen: set[tuple[int, str]] = set()
    with frame_kept(scene), _called(at_frame), _as_walk(scene):
        for number in frames:
            scene.frame_set(number)
            bpy.ops.render.render(scene=scene.name)
            if raised:
                raise raised[0]


@contextmanager
def _called(at_frame: Callable[..., None]) -> Iterator[None]:
    handlers = bpy.app.handlers.frame_change_post
    handlers.append(at_frame)
    try:
        yield
    finally:
        handlers.remove(at_frame)


@contextmanager
def _as_walk(scene: bpy.types.Scene) -> Iterator[None]:
    """A render that is only a walk: no compositing, no sequencer, no motion blur and no pictures."""
    global _walking
    bpy.utils.register_class(_Walk)
    render = scene.render
    settings: dict[str, Any] = {
        "engine": _Walk.bl_idname,
        "use_compositing": False,
        "use_sequencer": False,
        "use_motion_blur": False,
    }
    before = {name: getattr(render, name) for name in settings}
    _walking = True
    try:
        for name, value in settings.items():
            setattr(render, name, value)
        yield
    finally:
        _walking = False
        for name, value in before.items():
            setattr(render, name, value)
        bpy.utils.unregister_class(_Walk)
