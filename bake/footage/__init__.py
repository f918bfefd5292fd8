"""Readers of footage: every kind of capture becomes one `Shot`."""

from .capture import Purpose
from .reading import Examination, examine, read_shot
from .shot import Frame, Picture, Shot

__all__ = ["Examination", "Frame", "Picture", "Purpose", "Shot", "examine", "read_shot"]
