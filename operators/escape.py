"""Escape, as what waits in a window hears it."""

import bpy


def escape_pressed(event: bpy.types.Event) -> bool:
    """Whether Escape is meant for who waits: where it has closed a dialog or ended a drag, its release comes alone."""
    return event.type == "ESC" and event.value == "PRESS"
