"""Doctor: can this machine bake and render?"""

import bpy

from ..spacetimepilot_blender.health import Finding, examine
from .reporting import Result


class SPACETIMEPILOT_OT_doctor(bpy.types.Operator):
    """Look at interpreter, packages, device, versions and write access, and say how to mend each"""

    bl_idname = "spacetimepilot.doctor"
    bl_label = "Doctor"
    bl_options = {"REGISTER"}

    def invoke(self, context: bpy.types.Context, _: bpy.types.Event) -> Result:
        """Show the findings in a window."""
        self._findings = examine(context.scene)
        return context.window_manager.invoke_props_dialog(self, width=620)

    def draw(self, _: bpy.types.Context) -> None:
        """One line for each finding, and how to mend it."""
        column = self.layout.column(align=True)
        for finding in self._findings:
            column.label(text=f"{finding.name}: {finding.found}", icon="CHECKMARK" if finding.good else "ERROR")
            if finding.mend:
                column.label(text=finding.mend, icon="BLANK1")

    def execute(self, context: bpy.types.Context) -> Result:
        """Print the findings; a script gets an error if something needed is missing."""
        findings = getattr(self, "_findings", None) or examine(context.scene)
        print("\n".join(_line(finding) for finding in findings), flush=True)
        bad = [finding.name for finding in findings if not finding.good]
        if bad:
            self.report({"ERROR"}, f"Something needed is missing: {', '.join(bad)}")
            return {"CANCELLED"}
        self.report({"INFO"}, "This machine can bake and render")
        return {"FINISHED"}


def _line(finding: Finding) -> str:
    line = f"{'ok  ' if finding.good else 'MEND'}  {finding.name:<24} {finding.found}"
    return f"{line}\n      {'':<24} -> {finding.mend}" if finding.mend else line
