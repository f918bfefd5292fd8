"""What all acts on the active field share."""

import bpy

from ..spacetimepilot_blender.field.field_object import is_field


class FieldOperator:
    """Base of operators that need a field; without one they are greyed out, and say so."""

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """A field is active."""
        if not is_field(context.object):
            cls.poll_message_set("Select a field")
            return False
        return True
