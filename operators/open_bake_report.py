"""Bake Report: show what a bake of the list has come to."""

from pathlib import Path

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes.bake_standing import chosen
from ..spacetimepilot_blender.bakes.report import open_page, page_of
from .of_a_bake import BakeOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_open_bake_report(BakeOperator, bpy.types.Operator):
    """Show the report of the bake in the browser: how true the field is, and from where and when it can be re-filmed"""

    bl_idname = "spacetimepilot.open_bake_report"
    bl_label = "Report"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """The bake that is chosen has a report."""
        if not super().poll(context):
            return False
        row = chosen()
        if row is not None and not row.report:
            cls.poll_message_set("There is no report of this bake yet; it is made at its end")
            return False
        return True

    @reported
    def execute(self, _: bpy.types.Context) -> Result:
        """Hand it to the browser; without a window, say where it lies."""
        output = Path(self.meant())
        page = page_of(output)
        if page is None:
            raise UserError(f"There is no report beside {output}.", "Bake again, or run the worker's command `report`.")
        if not bpy.app.background:
            open_page(page)
        self.report({"INFO"}, f"The report is {page}")
        return {"FINISHED"}
