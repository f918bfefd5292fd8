"""Drawn over the 3D viewport: where the footage's cameras were, and from where re-filming holds."""

from . import drawing


def register() -> None:
    """Begin to draw."""
    drawing.register()


def unregister() -> None:
    """Undo `register`."""
    drawing.unregister()
