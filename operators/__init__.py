"""What a person can do: one act a file."""

import bpy

from .adapt_field import SPACETIMEPILOT_OT_adapt_field
from .add_cameras import SPACETIMEPILOT_OT_add_cameras
from .add_field import SPACETIMEPILOT_OT_add_field
from .add_footage_camera import SPACETIMEPILOT_OT_add_footage_camera
from .add_footage_files import SPACETIMEPILOT_OT_add_footage_files
from .add_point import SPACETIMEPILOT_OT_add_point
from .add_preset import (
    SPACETIMEPILOT_OT_add_bake_preset,
    SPACETIMEPILOT_OT_add_look_preset,
    SPACETIMEPILOT_OT_add_time_preset,
)
from .add_shot_markers import SPACETIMEPILOT_OT_add_shot_markers
from .apply_preset import SPACETIMEPILOT_OT_apply_preset
from .bake import SPACETIMEPILOT_OT_bake
from .cancel_bake import SPACETIMEPILOT_OT_cancel_bake
from .cancel_set_up import SPACETIMEPILOT_OT_cancel_set_up
from .check_footage import SPACETIMEPILOT_OT_check_footage
from .check_move import SPACETIMEPILOT_OT_check_move
from .compress import SPACETIMEPILOT_OT_compress
from .doctor import SPACETIMEPILOT_OT_doctor
from .edit_streams import SPACETIMEPILOT_OT_add_stream, SPACETIMEPILOT_OT_remove_stream
from .file_handlers import SPACETIMEPILOT_FH_field, SPACETIMEPILOT_FH_footage
from .go_to_frame import SPACETIMEPILOT_OT_go_to_frame
from .light_scene import SPACETIMEPILOT_OT_light_scene
from .load_sample import SPACETIMEPILOT_OT_load_sample
from .make_catcher import SPACETIMEPILOT_OT_make_catcher
from .make_plates import SPACETIMEPILOT_OT_make_plates
from .make_stand_in import SPACETIMEPILOT_OT_make_stand_in
from .make_time_keys import SPACETIMEPILOT_OT_make_time_keys
from .make_volumes import SPACETIMEPILOT_OT_make_volumes
from .move_crop import SPACETIMEPILOT_OT_move_crop
from .open_bake_folder import SPACETIMEPILOT_OT_open_bake_folder
from .open_bake_report import SPACETIMEPILOT_OT_open_bake_report
from .open_report import SPACETIMEPILOT_OT_open_report
from .pause_bake import SPACETIMEPILOT_OT_pause_bake
from .pick_points import SPACETIMEPILOT_OT_pick_points
from .prepare_farm import SPACETIMEPILOT_OT_prepare_farm
from .reload_field import SPACETIMEPILOT_OT_reload_field
from .remove_bake import SPACETIMEPILOT_OT_remove_bake
from .remove_catcher import SPACETIMEPILOT_OT_remove_catcher
from .remove_compositing import SPACETIMEPILOT_OT_remove_compositing
from .remove_field import SPACETIMEPILOT_OT_remove_field
from .remove_shot_markers import SPACETIMEPILOT_OT_remove_shot_markers
from .remove_stand_in import SPACETIMEPILOT_OT_remove_stand_in
from .reset_crop import SPACETIMEPILOT_OT_reset_crop
from .resume_bake import SPACETIMEPILOT_OT_resume_bake
from .retry_bake import SPACETIMEPILOT_OT_retry_bake
from .set_distance import SPACETIMEPILOT_OT_set_distance
from .set_floor import SPACETIMEPILOT_OT_set_floor
from .set_footage import SPACETIMEPILOT_OT_set_footage
from .set_up_compositing import SPACETIMEPILOT_OT_set_up_compositing
from .set_up_worker import SPACETIMEPILOT_OT_set_up_worker
from .take_colour_space import SPACETIMEPILOT_OT_take_colour_space
from .use_catcher import SPACETIMEPILOT_OT_use_catcher
from .use_clip import SPACETIMEPILOT_OT_use_clip
from .use_version import SPACETIMEPILOT_OT_use_version

_CLASSES = (
    SPACETIMEPILOT_FH_field,
    SPACETIMEPILOT_FH_footage,
    SPACETIMEPILOT_OT_adapt_field,
    SPACETIMEPILOT_OT_add_bake_preset,
    SPACETIMEPILOT_OT_add_cameras,
    SPACETIMEPILOT_OT_add_field,
    SPACETIMEPILOT_OT_add_footage_camera,
    SPACETIMEPILOT_OT_add_shot_markers,
    SPACETIMEPILOT_OT_add_footage_files,
    SPACETIMEPILOT_OT_add_look_preset,
    SPACETIMEPILOT_OT_add_point,
    SPACETIMEPILOT_OT_add_stream,
    SPACETIMEPILOT_OT_add_time_preset,
    SPACETIMEPILOT_OT_apply_preset,
    SPACETIMEPILOT_OT_bake,
    SPACETIMEPILOT_OT_cancel_bake,
    SPACETIMEPILOT_OT_cancel_set_up,
    SPACETIMEPILOT_OT_check_footage,
    SPACETIMEPILOT_OT_check_move,
    SPACETIMEPILOT_OT_compress,
    SPACETIMEPILOT_OT_doctor,
    SPACETIMEPILOT_OT_go_to_frame,
    SPACETIMEPILOT_OT_load_sample,
    SPACETIMEPILOT_OT_light_scene,
    SPACETIMEPILOT_OT_make_catcher,
    SPACETIMEPILOT_OT_use_catcher,
    SPACETIMEPILOT_OT_remove_catcher,
    SPACETIMEPILOT_OT_make_plates,
    SPACETIMEPILOT_OT_make_stand_in,
    SPACETIMEPILOT_OT_remove_stand_in,
    SPACETIMEPILOT_OT_make_time_keys,
    SPACETIMEPILOT_OT_make_volumes,
    SPACETIMEPILOT_OT_move_crop,
    SPACETIMEPILOT_OT_open_report,
    SPACETIMEPILOT_OT_pick_points,
    SPACETIMEPILOT_OT_prepare_farm,
    SPACETIMEPILOT_OT_open_bake_folder,
    SPACETIMEPILOT_OT_open_bake_report,
    SPACETIMEPILOT_OT_pause_bake,
    SPACETIMEPILOT_OT_reload_field,
    SPACETIMEPILOT_OT_remove_bake,
    SPACETIMEPILOT_OT_remove_compositing,
    SPACETIMEPILOT_OT_remove_field,
    SPACETIMEPILOT_OT_remove_shot_markers,
    SPACETIMEPILOT_OT_remove_stream,
    SPACETIMEPILOT_OT_reset_crop,
    SPACETIMEPILOT_OT_set_distance,
    SPACETIMEPILOT_OT_set_floor,
    SPACETIMEPILOT_OT_set_footage,
    SPACETIMEPILOT_OT_resume_bake,
    SPACETIMEPILOT_OT_retry_bake,
    SPACETIMEPILOT_OT_set_up_compositing,
    SPACETIMEPILOT_OT_take_colour_space,
    SPACETIMEPILOT_OT_use_clip,
    SPACETIMEPILOT_OT_use_version,
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
