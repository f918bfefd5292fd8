"""What the scene is: settings, field objects, plates, compositing, and the worker that serves them."""

from . import (
    bake_picture,
    bake_watch,
    checkup,
    cli_command,
    field_settings,
    move_check,
    overlays,
    render_hooks,
    set_up_watch,
    shot_markers,
    shot_settings,
    viewport,
    worker_client,
)

_PARTS = (
    shot_settings,
    field_settings,
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
