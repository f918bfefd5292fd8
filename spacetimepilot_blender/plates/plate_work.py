"""Making plates one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...bake.contract.messages import PlateRequest
from ..work import Work
from .plates import forget_native


class PlateWork(Work):
    """Plates to be made, by `make`; native surfaces that were written down for them go when nobody needs them."""

    def __init__(self, requests: list[PlateRequest], make: Callable[[PlateRequest], object]) -> None:
        super().__init__(len(requests))
        self._requests, self._make = requests, make

    def make_all(self) -> Iterator[int]:
        """Make them one after the other, telling how many there are.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        for number, request in enumerate(self._requests):
            if self._stopped:
                return
            self._make(request)
            forget_native(request, self._requests[number + 1 :])
            self.made += 1
            yield self.made
