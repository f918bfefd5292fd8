"""Check Footage: is the shot fit to be baked?"""

from typing import Any

import bpy

from ..bake.contract.errors import UserError
from ..spacetimepilot_blender.bakes.bake_watch import standing
from ..spacetimepilot_blender.footage.footage_check import begin_check
from ..spacetimepilot_blender.footage.shot_source import capture_colour, footage_path
from ..spacetimepilot_blender.worker.worker_question import WorkerQuestion
from .asking import AskingOperator
from .reporting import Result

_SHOWN = 12


class SPACETIMEPILOT_OT_check_footage(AskingOperator, bpy.types.Operator):
    """Read footage and cameras as a bake would, and say everything that is wrong with them"""

    bl_idname = "spacetimepilot.check_footage"
    bl_label = "Check Footage"
    bl_options = {"REGISTER"}

    def question(self, context: bpy.types.Context) -> WorkerQuestion:
        """Have the worker examine it."""
        begin_check(context.scene)
        scene = context.scene
        colour = [f"--{name.replace('_', '-')}={value}" for name, value in capture_colour(scene).items()]
        return WorkerQuestion("check", str(footage_path(scene, context.view_layer)), *colour)

    def answered(self, _: bpy.types.Context, answer: dict[str, Any]) -> Result:
        """Report what was found."""
        problems = answer["problems"]
        if problems:
            shown = [_sentence(problem) for problem in problems[:_SHOWN]]
            if len(problems) > _SHOWN:
                shown.append(f"... and {len(problems) - _SHOWN} more")
            raise UserError("\n".join(["This footage cannot be baked:", *shown]))
        cameras = f"{answer['cameras']} camera{'s' if answer['cameras'] > 1 else ''}"
        told = f"{answer['frames']} pictures, {cameras}, {', '.join(answer['sizes'])}, {answer['fps']:g} per second"
        standing().checked = told
        self.report({"INFO"}, f"Fit to be baked: {told}")
        return {"FINISHED"}


def _sentence(problem: dict[str, object]) -> str:
    return ": ".join(str(problem[key]) for key in ("file", "frame", "what") if problem.get(key))
