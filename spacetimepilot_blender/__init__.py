"""What the scene is: settings, field objects, plates, compositing, and the worker that serves them."""

from . import (
    bake_watch,
    checkup,
    cli_command,
    field_settings,
    render_hooks,
    set_up_watch,
    shot_settings,
    worker_client,
)

_PARTS = (
    shot_settings,
    field_settings,
    bake_watch,
    checkup,
    set_up_watch,
    worker_client,
    render_hooks,
    cli_command,
)


def register() -> None:
    """Make everything known to Blender."""
    for part in _PARTS:
        part.register()


def unregister() -> None:
    """Undo `register`, last things first."""
    for part in reversed(_PARTS):
        part.unregister()
