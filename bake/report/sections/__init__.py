"""The sections of the report, one module each. A new one is a function from `Material` to a `Section`, or to
None where it has nothing to say, listed here.
"""

from collections.abc import Callable

from ..blocks import Section
from ..material import Material
from .coverage import coverage_section
from .exposures import exposures_section
from .facts import facts_section
from .fast_motion import fast_motion_section
from .frames import frames_section
from .noise import noise_section
from .summary import summary_section
from .training import training_section

SECTIONS: tuple[Callable[[Material], Section | None], ...] = (
    summary_section,
    frames_section,
    coverage_section,
    fast_motion_section,
    training_section,
    exposures_section,
    noise_section,
    facts_section,
)
"""In the order in which they stand; the first carries the report's name and is read by everybody."""
