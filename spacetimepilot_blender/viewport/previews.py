"""Previews that are kept: pictures by what they show, surfels by instant, within a bound of memory."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import replace

from ...bake.contract.messages import PictureRequest, SurfelsRequest
from ...bake.contract.picture_budget import Budget
from ...bake.contract.preview_file import PreviewPicture, Surfels

PreviewRequest = PictureRequest | SurfelsRequest
Preview = PreviewPicture | Surfels
FINENESSES = (3, 2, 1)
"""Of surfels, the finest first."""
_FINEST, _COARSEST = 1, 8
_ANY_BUDGET = Budget(0.0)


class Previews:
    """The previews used last, by request. Only the main thread may touch it.

    Parameters
    ----------
    most : int
        Bytes; what was not used for longest goes first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.used = 0
        self._kept: OrderedDict[PreviewRequest, Preview] = OrderedDict()
        self._pictured: Counter[tuple[str, float]] = Counter()
        """How many pictures there are, by content and instant: most frames that are scrubbed through have none."""

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, request: PreviewRequest, preview: Preview) -> None:
        """Keep a preview; others go where there is no room for it."""
        key = _plain(request)
        if key in self._kept:
            self._drop(key)
        self._kept[key] = preview
        self.used += preview.size
        self._pictured[_instant(key)] += isinstance(key, PictureRequest)
        while self.used > self.most and len(self._kept) > 1:
            self._drop(next(iter(self._kept)))

    def has_room(self, size: int) -> bool:
        """Whether so many bytes have room without anything being dropped."""
        return self.used + size <= self.most

    def picture(self, request: PictureRequest) -> tuple[PreviewPicture, int] | None:
        """The finest picture of what a full-size request shows, and into how many of its pixels each is blown up."""
        if not self._pictured[_instant(request)]:
            return None
        coarseness = _FINEST
        while coarseness <= _COARSEST:
            found = self._find(coarser(request, coarseness))
            if isinstance(found, PreviewPicture):
                return found, coarseness
            coarseness *= 2
        return None

    def timely(self, request: PictureRequest) -> PreviewPicture | None:
        """The picture within a budget, whatever the budget was, of what a request shows."""
        found = self._find(request)
        return found if isinstance(found, PreviewPicture) else None

    def surfels(self, request: SurfelsRequest, within: float) -> tuple[SurfelsRequest, Surfels] | None:
        """The surfels whose instant is nearest to that of `request`, the finest of them.

        Parameters
        ----------
        within : float
            Shot frames that the instant may be off by.
        """
        for fineness in FINENESSES:
            exact = replace(request, fineness=fineness)
            found = self._find(exact)
            if isinstance(found, Surfels):
                return exact, found
        like = [own for own in self._surfels() if _same_but_instant(own, request)]
        near = [own for own in like if abs(own.shot_frame - request.shot_frame) <= within]
        if not near:
            return None
        best = min(near, key=lambda own: (abs(own.shot_frame - request.shot_frame), -own.fineness))
        found = self._find(best)
        assert isinstance(found, Surfels)
        return best, found

    def instants(self, request: SurfelsRequest) -> set[float]:
        """Shot frames for which there are surfels like `request`'s."""
        return {own.shot_frame for own in self._surfels() if _same_but_instant(own, request)}

    def clear(self) -> None:
        """Keep nothing."""
        self._kept.clear()
        self._pictured.clear()
        self.used = 0

    def _drop(self, key: PreviewRequest) -> None:
        self.used -= self._kept.pop(key).size
        self._pictured[_instant(key)] -= isinstance(key, PictureRequest)

    def _surfels(self) -> Iterator[SurfelsRequest]:
        return (own for own in self._kept if isinstance(own, SurfelsRequest))

    def _find(self, request: PreviewRequest) -> Preview | None:
        found = self._kept.get(_plain(request))
        if found is not None:
            self._kept.move_to_end(_plain(request))
        return found


def coarser(request: PictureRequest, coarseness: int) -> PictureRequest:
    """The request for the same picture of fewer pixels, `coarseness` fewer along each side."""
    camera = request.camera
    width, height = max(camera.width // coarseness, 1), max(camera.height // coarseness, 1)
    return replace(request, camera=camera.resized(width, height))


def _instant(request: PreviewRequest) -> tuple[str, float]:
    return request.content_hash, request.shot_frame


def _plain(request: PreviewRequest) -> PreviewRequest:
    if isinstance(request, PictureRequest) and request.budget is not None:
        # The newest one of a view is as good as any: what was looked at is not what is shown.
        request = replace(request, budget=_ANY_BUDGET)
    return replace(request, id=0, path="", channel="")


def _same_but_instant(one: SurfelsRequest, other: SurfelsRequest) -> bool:
    here, there = (one.exposure_of, other.exposure_of)
    # As filmed, the exposure follows the instant.
    exposed_alike = here == there or (here == one.shot_frame and there == other.shot_frame)
    return exposed_alike and (one.field_file, one.content_hash) == (other.field_file, other.content_hash)
