"""The report of a bake, which the worker has put beside the field file."""

from __future__ import annotations

from pathlib import Path

import bpy

from ...bake.contract.errors import UserError
from ...bake.contract.report_file import report_page
from ..field.field_object import field_file, is_field
from ..paths import absolute


def field_in_question(context: bpy.types.Context) -> Path | None:
    """The file of the active field, or else the one that this scene bakes; None where there is neither."""
    try:
        if is_field(context.object):
            return field_file(context.object)
        return absolute(context.scene.spacetimepilot.output_path, "The field file")
    except UserError:
        return None


def page_of(field: Path) -> Path | None:
    """The report's page of a field file, None where there is none."""
    page = report_page(field)
    return page if page.is_file() else None


def open_page(page: Path) -> None:
    """Show a page in the person's browser."""
    bpy.ops.wm.url_open(url=page.as_uri())
