"""Doctor: can this machine bake and render?"""

from typing import Any

import bpy

from ..bake.contract.errors import UserError
from ..bake.contract.finding import Finding
from ..spacetimepilot_blender.worker.checkup import no_worker, remember
from ..spacetimepilot_blender.worker.health import findings_here, findings_of_worker
from ..spacetimepilot_blender.worker.worker_question import WorkerQuestion
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
        return self._tell([*findings_here(context.scene), *findings_of_worker(answer)])

    def failed(self, context: bpy.types.Context, error: UserError) -> Result:
        """Tell of this side, and that there is no other."""
        return self._tell([*findings_here(context.scene), no_worker(error)])

    def _tell(self, findings: list[Finding]) -> Result:
        print("\n".join(str(finding) for finding in findings), flush=True)
        remember(findings)
        bad = [finding.name for finding in findings if not finding.good]
        verdict = f"Something needed is missing: {', '.join(bad)}" if bad else "This machine can bake and render"
        self.report({"ERROR" if bad else "INFO"}, verdict)
        return {"CANCELLED"} if bad else {"FINISHED"}
