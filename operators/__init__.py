"""What a person can do: one act a file."""

import bpy

from .add_field import SPACETIMEPILOT_OT_add_field
from .add_footage_camera import SPACETIMEPILOT_OT_add_footage_camera
from .bake import SPACETIMEPILOT_OT_bake
from .cancel_bake import SPACETIMEPILOT_OT_cancel_bake
from .cancel_set_up import SPACETIMEPILOT_OT_cancel_set_up
from .check_footage import SPACETIMEPILOT_OT_check_footage
from .doctor import SPACETIMEPILOT_OT_doctor
from .edit_streams import SPACETIMEPILOT_OT_add_stream, SPACETIMEPILOT_OT_remove_stream
from .load_sample import SPACETIMEPILOT_OT_load_sample
from .make_plates import SPACETIMEPILOT_OT_make_plates
from .open_report import SPACETIMEPILOT_OT_open_report
from .reload_field import SPACETIMEPILOT_OT_reload_field
from .remove_compositing import SPACETIMEPILOT_OT_remove_compositing
from .remove_field import SPACETIMEPILOT_OT_remove_field
from .set_up_compositing import SPACETIMEPILOT_OT_set_up_compositing
from .set_up_worker import SPACETIMEPILOT_OT_set_up_worker

_CLASSES = (
    SPACETIMEPILOT_OT_add_field,
    SPACETIMEPILOT_OT_add_footage_camera,
    SPACETIMEPILOT_OT_add_stream,
    SPACETIMEPILOT_OT_bake,
    SPACETIMEPILOT_OT_cancel_bake,
    SPACETIMEPILOT_OT_cancel_set_up,
    SPACETIMEPILOT_OT_check_footage,
    SPACETIMEPILOT_OT_doctor,
    SPACETIMEPILOT_OT_load_sample,
    SPACETIMEPILOT_OT_make_plates,
    SPACETIMEPILOT_OT_open_report,
    SPACETIMEPILOT_OT_reload_field,
    SPACETIMEPILOT_OT_remove_compositing,
    SPACETIMEPILOT_OT_remove_field,
    SPACETIMEPILOT_OT_remove_stream,
    SPACETIMEPILOT_OT_set_up_compositing,
    SPACETIMEPILOT_OT_set_up_worker,
)


def register() -> None:
    """Make them known to Blender."""
    for kind in _CLASSES:
        bpy.utils.register_class(kind)


def unregister() -> None:
    """Undo `register`."""
    for kind in reversed(_CLASSES):
        bpy.utils.unregister_class(kind)
