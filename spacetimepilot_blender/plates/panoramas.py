"""What plates of panoramic cameras cannot do is refused."""

from __future__ import annotations

from ...bake.contract.errors import UserError
from ...bake.contract.messages import PlateRequest
from ...bake.contract.plate_layers import Layer


def demand_panorama(request: PlateRequest, engine: str, exact: bool) -> None:
    """Refuse what a plate of a panoramic camera would not show right; others pass.

    Raises
    ------
    UserError
        If the engine draws no panoramas, or merging, layers or the lens ask for what is not known of them.
    """
    if not request.camera.projection.panoramic:
        return
    if engine != "CYCLES":
        raise UserError("Only Cycles renders panoramic cameras.", "Choose Cycles, or a perspective camera.")
    if exact:
        raise UserError("Exact merging does not know panoramic cameras.", "Set Merge of the field to Fast.")
    if request.aperture is not None:
        raise UserError("Plates of panoramic cameras know no depth of field.", "Switch Depth of Field off.")
    if request.layers is not None and Layer.VECTOR in request.layers.kinds:
        raise UserError(
            "The layer Vector is not known of panoramic cameras, whose pictures have a seam.",
            "Switch Vector off, and blur with Motion Blur in the render properties.",
        )
