"""What a doctor has found, line by line."""

from typing import Any

import bpy

from ..spacetimepilot_blender.worker.checkup import last_checkup
from .sidebar import wrapped


def worker_icon(there: bool) -> Any:
    """The icon beside the worker's name: good until a doctor has found something to mend."""
    if not there:
        return "INFO"
    return "CHECKMARK" if all(finding.good for finding in last_checkup().findings) else "ERROR"


def draw_checkup(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """Each finding with its remedy, what has to be mended first; nothing where nobody has asked."""
    checkup = last_checkup()
    if checkup.asking:
        layout.label(text="The doctor looks at the worker", icon="SORTTIME")
    column = layout.column(align=True)
    for finding in sorted(checkup.findings, key=lambda finding: finding.good):
        wrapped(column, context, f"{finding.name}: {finding.found}", "CHECKMARK" if finding.good else "ERROR")
        if finding.mend:
            wrapped(column, context, finding.mend, "BLANK1")
