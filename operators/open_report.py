"""Open Report: show what a bake has come to."""

import bpy

from ..spacetimepilot_blender.bakes.report import field_in_question, open_page, page_of
from .reporting import Result, reported


class SPACETIMEPILOT_OT_open_report(bpy.types.Operator):
    """Show the report of the bake in the browser: how true the field is, and from where and when it can be re-filmed"""

    bl_idname = "spacetimepilot.open_report"
    bl_label = "Report"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """There is a report beside the field file."""
        field = field_in_question(context)
        if field is None:
            cls.poll_message_set("Select a field, or bake one")
            return False
        if page_of(field) is None:
            cls.poll_message_set(
                f"There is no report beside {field.name}; bake again, or run the worker's command `report`"
            )
            return False
        return True

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Hand it to the browser; without a window, say where it lies."""
        page = page_of(field_in_question(context))
        if not bpy.app.background:
            open_page(page)
        self.report({"INFO"}, f"The report is {page}")
        return {"FINISHED"}
