"""Doctor: can this machine bake and render?"""

from typing import Any

import bpy

from ..bake.contract.errors import UserError
from ..bake.contract.finding import Finding
from ..spacetimepilot_blender.health import findings_here, findings_of_worker
from ..spacetimepilot_blender.worker_question import WorkerQuestion
from .asking import AskingOperator
from .reporting import Result


class SPACETIMEPILOT_OT_doctor(AskingOperator, bpy.types.Operator):
    """Look at interpreter, packages, device, versions and write access, and say how to mend each"""

    bl_idname = "spacetimepilot.doctor"
    bl_label = "Doctor"
    bl_options = {"REGISTER"}

    def question(self, _: bpy.types.Context) -> WorkerQuestion:
        """Have the worker look at its side."""
        return WorkerQuestion("doctor")

    def answered(self, context: bpy.types.Context, answer: dict[str, Any]) -> Result:
        """Tell of both sides."""
        return self._tell(context, [*findings_here(context.scene), *findings_of_worker(answer)])

    def failed(self, context: bpy.types.Context, error: UserError) -> Result:
        """Tell of this side, and that there is no other."""
        missing = Finding("Worker", False, error.sentence, error.hint)
        return self._tell(context, [*findings_here(context.scene), missing])

    def _tell(self, context: bpy.types.Context, findings: list[Finding]) -> Result:
        print("\n".join(str(finding) for finding in findings), flush=True)
        bad = [finding.name for finding in findings if not finding.good]
        verdict = f"Something needed is missing: {', '.join(bad)}" if bad else "This machine can bake and render"
        if not bpy.app.background:
            context.window_manager.popup_menu(_drawn(findings), title=verdict, icon="ERROR" if bad else "CHECKMARK")
        self.report({"ERROR" if bad else "INFO"}, verdict)
        return {"CANCELLED"} if bad else {"FINISHED"}


def _drawn(findings: list[Finding]) -> Any:
    def draw(menu: bpy.types.Menu, _: bpy.types.Context) -> None:
        for finding in findings:
            icon: Any = "CHECKMARK" if finding.good else "ERROR"
            menu.layout.label(text=f"{finding.name}: {finding.found}", icon=icon)
            if finding.mend:
                menu.layout.label(text=finding.mend, icon="BLANK1")

    return draw
