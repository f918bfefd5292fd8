"""What the scene is: settings, field objects, plates, compositing, and the worker that serves them."""

from . import cli_command, overlays, viewport
from .bakes import bake_picture, bake_watch
from .cameras import move_check
from .field import field_settings
from .footage import shot_settings
from .light import light_settings
from .plates import render_hooks
from .shot_time import shot_markers
from .stand_ins import stand_in_settings
from .worker import checkup, set_up_watch, worker_client

_PARTS = (
    shot_settings,
    field_settings,
    light_settings,
    stand_in_settings,
    shot_markers,
    move_check,
    bake_picture,
    bake_watch,
    checkup,
    set_up_watch,
    worker_client,
    render_hooks,
    cli_command,
    viewport,
    overlays,
)


def register() -> None:
    """Make everything known to Blender."""
    for part in _PARTS:
        part.register()


def unregister() -> None:
    """Undo `register`, last things first."""
    for part in reversed(_PARTS):
        part.unregister()
