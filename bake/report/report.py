"""From a field file and its footage to the two files of the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..contract.files import written_aside
from ..contract.report_file import report_page, report_picture
from .material import Order, gather
from .page import as_page
from .sections import SECTIONS
from .sheet import write_picture


def make_report(order: Order, should_stop: Callable[[], bool], progress: Callable[[float], None]) -> Path:
    """Measure and write `SHOT.report.png` and `SHOT.report.html` beside the field file; returns the page.

    Raises
    ------
    UserError
        If something cannot be read or written, or the footage is not the field's.
    Cancelled
        If `should_stop` says so.
    """
    material = gather(order, should_stop, progress)
    sections = [made for make in SECTIONS if (made := make(material)) is not None]
    page, picture = report_page(order.field_file), report_picture(order.field_file)
    write_picture(picture, sections)
    text = as_page(sections, material.header.content_hash)
    with written_aside(page) as aside:
        aside.write_text(text, encoding="utf-8")
    return page
