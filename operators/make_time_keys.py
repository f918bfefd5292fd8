"""Make Keys: a field's time mode as keyframes."""

import bpy
from bpy.props import BoolProperty

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.shot_time.time_keys import keys_there, make_keys
from .on_field import FieldOperator
from .reporting import Result, reported


class SPACETIMEPILOT_OT_make_time_keys(FieldOperator, bpy.types.Operator):
    """Turn the time mode into keyframes of Shot Time, to shape in the graph editor; the mode becomes Keyed"""

    bl_idname = "spacetimepilot.make_time_keys"
    bl_label = "Make Keys"
    bl_options = {"REGISTER", "UNDO"}

    replace: BoolProperty(
        name="Replace Keys", description="Let keys that Shot Time already has go", options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field of this file is active, and not keyed yet."""
        if not super().poll(context):
            return False
        thing = context.object
        if thing.library is not None:
            cls.poll_message_set("This field is linked from another file: make a library override of it first")
            return False
        if thing.spacetimepilot.mode == "keyed":
            cls.poll_message_set("This field's time is keyed already")
            return False
        return True

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> Result:
        """Ask before keys go."""
        count = keys_there(context.object)
        if not count or self.replace or bpy.app.background:
            return self.execute(context)
        self.replace = True
        return context.window_manager.invoke_confirm(
            self,
            event,
            title="Make Keys",
            message=f"Shot Time of {context.object.name} has {count} keys from before. They are replaced.",
            confirm_text="Replace",
        )

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Make them."""
        thing = context.object
        count = keys_there(thing)
        if count and not self.replace:
            raise UserError(
                f"Shot Time of {thing.name} has {count} keys, which would be lost.",
                "Delete them first, or run the operator with replace=True.",
            )
        mode = thing.spacetimepilot.bl_rna.properties["mode"].enum_items[thing.spacetimepilot.mode].name
        made = make_keys(context.scene, context.view_layer, thing)
        self.report({"INFO"}, f"{mode} is {made} key{'s' if made > 1 else ''} of Shot Time now")
        return {"FINISHED"}
