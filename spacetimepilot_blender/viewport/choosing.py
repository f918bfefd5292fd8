"""Which preview to get next: pure, so that it can be tested without a window.

While something moves, surfels of the instant; once it rests, pictures, each finer than the last, and finer surfels to
orbit; and when nothing is left to wish for, surfels of the frames around the playhead.
"""

from __future__ import annotations

import dataclasses
import statistics
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from ...bake.contract.messages import PictureRequest, SurfelsRequest
from .previews import FINENESSES, PreviewRequest, Previews, coarser

RESTS_AFTER = 0.2
"""Seconds without change after which a view is at rest."""
ALMOST_WHOLE = 2
"""Coarseness up to which a picture looks better than surfels."""
_QUICK_SECONDS = 0.1
"""What surfels may take while something moves."""
_FIRST_SECONDS = 0.4
"""What the first picture may take once a view is at rest."""
_COARSENESSES = (1, 2, 4, 8)
_SECONDS_A_RAY = 1 / 50_000
"""Taken for granted before the first picture was measured."""
_SECONDS_A_CUBE = 0.05
"""Of surfels of fineness 1, taken for granted before the first were measured."""


@dataclass(frozen=True)
class Wish:
    """What a viewport wants to see of the field object of that name: the picture in full size, surfels of any kind.

    `timely` is the picture within a budget, for while something moves; None where there is no budget. Two wishes that
    differ in it alone show the same.
    """

    field: str
    picture: PictureRequest
    surfels: SurfelsRequest
    timely: PictureRequest | None = dataclasses.field(default=None, compare=False)


@dataclass(frozen=True)
class Watched:
    """A viewport: its wishes, and for how long they have not changed, seconds."""

    wishes: tuple[Wish, ...]
    unchanged: float
    playing: bool

    @property
    def at_rest(self) -> bool:
        """Whether it is worth a picture."""
        return not self.playing and self.unchanged >= RESTS_AFTER


class Pace:
    """How fast this machine makes previews of a field, by its content hash; medians, as what comes first compiles."""

    def __init__(self) -> None:
        self._rays: dict[str, deque[float]] = {}
        self._cubes: dict[str, deque[float]] = {}

    def learn(self, request: PreviewRequest, seconds: float) -> None:
        """Note what a preview has taken."""
        if isinstance(request, PictureRequest):
            if request.budget is not None:
                return
            rays = request.camera.width * request.camera.height
            _note(self._rays, request.content_hash, seconds / rays)
        else:
            _note(self._cubes, request.content_hash, seconds / request.fineness**3)

    def fineness(self, content_hash: str, playing: bool) -> int:
        """Of surfels that come in good time."""
        one = _median(self._cubes, content_hash, _SECONDS_A_CUBE)
        limit = _QUICK_SECONDS / 2 if playing else _QUICK_SECONDS
        return next((own for own in FINENESSES if one * own**3 <= limit), FINENESSES[-1])

    def coarseness(self, request: PictureRequest) -> int:
        """Of the first picture to show."""
        rays = request.camera.width * request.camera.height
        seconds = rays * _median(self._rays, request.content_hash, _SECONDS_A_RAY)
        return next((own for own in _COARSENESSES if seconds / own**2 <= _FIRST_SECONDS), _COARSENESSES[-1])


def in_time(wish: Wish, previews: Previews) -> bool:
    """Whether the picture within the budget is there, or one that is shown rather, or none is wanted.

    A coarse picture, begun when its view was at rest for a moment, stands in for neither.
    """
    if wish.timely is None or previews.timely(wish.timely) is not None:
        return True
    known = previews.picture(wish.picture)
    return known is not None and known[1] <= ALMOST_WHOLE


def next_preview(
    views: Iterable[Watched], previews: Previews, pace: Pace, ahead: Callable[[Wish], Iterable[SurfelsRequest]]
) -> PreviewRequest | None:
    """What to get next, None where nothing is left to get; the viewport that changed last comes first.

    Parameters
    ----------
    ahead : callable
        Surfels of the frames around the playhead, the next to be needed first; asked only where nothing else is.
    """

    def around_the_playhead(view: Watched, wish: Wish, previews: Previews, pace: Pace) -> PreviewRequest | None:
        if wish.timely is not None and not view.at_rest:
            return None
        there = previews.instants(wish.surfels)
        missing = next((own for own in ahead(wish) if own.shot_frame not in there), None)
        if missing is None or not previews.has_room(_typical(previews)):
            return None
        return replace(missing, fineness=pace.fineness(missing.content_hash, view.playing))

    ordered = sorted(views, key=lambda view: view.unchanged)
    for step in (_of_the_instant, _in_time, _of_the_view, _finer, around_the_playhead):
        for view in ordered:
            for wish in view.wishes:
                found = step(view, wish, previews, pace)
                if found is not None:
                    return found
    return None


def _of_the_instant(view: Watched, wish: Wish, previews: Previews, pace: Pace) -> PreviewRequest | None:
    if view.at_rest and previews.picture(wish.picture) is not None:
        return None
    if not view.at_rest and wish.timely is not None and previews.timely(wish.timely) is not None:
        return None
    if previews.surfels(wish.surfels, 0.0) is not None:
        return None
    return replace(wish.surfels, fineness=pace.fineness(wish.surfels.content_hash, view.playing))


def _in_time(view: Watched, wish: Wish, previews: Previews, _: Pace) -> PreviewRequest | None:
    return None if view.at_rest or in_time(wish, previews) else wish.timely


def _of_the_view(view: Watched, wish: Wish, previews: Previews, pace: Pace) -> PreviewRequest | None:
    if not view.at_rest:
        return None
    found = previews.picture(wish.picture)
    coarseness = pace.coarseness(wish.picture) if found is None else found[1] // 2
    return coarser(wish.picture, coarseness) if coarseness else None


def _finer(view: Watched, wish: Wish, previews: Previews, _: Pace) -> PreviewRequest | None:
    """Better surfels of an instant that somebody stays at: there they are orbited, too."""
    found = previews.surfels(wish.surfels, 0.0)
    if not view.at_rest or found is None or found[0].fineness >= FINENESSES[0]:
        return None
    return replace(wish.surfels, fineness=found[0].fineness + 1)


def _typical(previews: Previews) -> int:
    return previews.used // max(len(previews), 1)


def _note(known: dict[str, deque[float]], key: str, value: float) -> None:
    known.setdefault(key, deque(maxlen=5)).append(value)


def _median(known: dict[str, deque[float]], key: str, unknown: float) -> float:
    return statistics.median_low(known[key]) if key in known else unknown


def around(frame: int, first: int, last: int, reach: int) -> Sequence[int]:
    """Scene frames around one, those that playing shows next first, three ahead for each behind."""
    ahead = [own for own in range(frame + 1, last + 1)]
    behind = [own for own in range(frame - 1, first - 1, -1)]
    found: list[int] = []
    while (ahead or behind) and len(found) < reach:
        found += ahead[:3] + behind[:1]
        ahead, behind = ahead[3:], behind[1:]
    return found[:reach]
