"""How fast things move in the field, and where its codes over time were made finer for it."""

from __future__ import annotations

from ...contract.fast_motion import FastMotion
from ..blocks import Section, Words
from ..material import Material


def fast_motion_section(material: Material) -> Section:
    """One paragraph."""
    document = material.header.training.get("fast_motion")
    if not document:
        return Section("Fast motion", (Words("This field was baked without looking for fast motion."),))
    told = FastMotion.from_json(document).sentence(material.header.metres_per_unit)
    return Section("Fast motion", (Words(told[0].upper() + told[1:]),))
