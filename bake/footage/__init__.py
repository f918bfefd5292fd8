"""Readers of footage: every kind of capture becomes one `Shot`."""

from .reading import Examination, Purpose, examine, read_shot
from .shot import Frame, Picture, Shot

__all__ = ["Examination", "Frame", "Picture", "Purpose", "Shot", "examine", "read_shot"]
