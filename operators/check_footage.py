"""Check Footage: is the shot fit to be baked?"""

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bake_watch import standing
from ..spacetimepilot_blender.shot_source import field_output, footage_path
from ..spacetimepilot_blender.worker_report import ask_worker
from .reporting import Result, reported

_SHOWN = 12


class SPACETIMEPILOT_OT_check_footage(bpy.types.Operator):
    """Read footage and cameras as a bake would, and say everything that is wrong with them"""

    bl_idname = "spacetimepilot.check_footage"
    bl_label = "Check Footage"
    bl_options = {"REGISTER"}

    @reported
    def execute(self, context: bpy.types.Context) -> Result:
        """Have the worker examine it."""
        scene = context.scene
        standing().checked = ""
        footage = footage_path(scene, context.view_layer, field_output(scene))
        found = ask_worker("check", str(footage))
        problems = found["problems"]
        if problems:
            shown = [_sentence(problem) for problem in problems[:_SHOWN]]
            if len(problems) > _SHOWN:
                shown.append(f"... and {len(problems) - _SHOWN} more")
            raise UserError(f"This footage cannot be baked:\n{chr(10).join(shown)}")
        cameras = f"{found['cameras']} camera{'s' if found['cameras'] > 1 else ''}"
        told = f"{found['frames']} pictures, {cameras}, {', '.join(found['sizes'])}, {found['fps']:g} per second"
        standing().checked = told
        self.report({"INFO"}, f"Fit to be baked: {told}")
        return {"FINISHED"}


def _sentence(problem: dict[str, object]) -> str:
    return ": ".join(str(problem[key]) for key in ("file", "frame", "what") if problem.get(key))
