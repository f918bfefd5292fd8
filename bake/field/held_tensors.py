"""Tensors of a field file, and what is made of them, in memory for as long as there is room for them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from ..contract.errors import UserError
from ..contract.field_file import FieldTensors

Parts = tuple[Tensor, ...] | nn.Module
_Made = TypeVar("_Made", bound=Parts)


class HeldTensors:
    """Reads tensors of a field file when they are asked for; what was asked for longest ago goes when room is short.

    Any thread may ask. What is in use stays where it is for as long as somebody uses it, room or not.

    Parameters
    ----------
    tensors : FieldTensors
        Of a file whose tensors are checked one by one.
    device : torch.device
        Where the tensors are wanted.
    room : int
        Bytes.
    """

    def __init__(self, tensors: FieldTensors, device: torch.device, room: int) -> None:
        self.tensors, self._device, self._room = tensors, device, room
        self._held: OrderedDict[str, Any] = OrderedDict()
        self._coming: dict[str, Future[Any]] = {}
        self._lock = Lock()
        self.size = 0
        """Bytes that are held; any thread may look, and never sees what is about to go counted in."""

    def get(self, name: str) -> Tensor:
        """A tensor of the file.

        Raises
        ------
        UserError
            If the file cannot be read, or the tensor is damaged.
        """
        return self.made(name, self._alone(name))[0]

    def _alone(self, name: str) -> Callable[[], tuple[Tensor]]:
        return lambda: (self.read(name),)

    def names(self) -> list[str]:
        """Of what is held."""
        with self._lock:
            return list(self._held)

    def expect(self, name: str, make: Callable[[], Parts] | None = None) -> None:
        """Have a tensor read meanwhile, or what `made` is asked for; what is wrong with it is told when it is."""
        with self._lock:
            if name in self._held or name in self._coming:
                return
        _reader().submit(self._read_ahead, name, make or self._alone(name))

    def read(self, name: str) -> Tensor:
        """A tensor of the file, which is not held."""
        return torch.from_numpy(self.tensors.read(name)).to(self._device)

    def made(self, name: str, make: Callable[[], _Made]) -> _Made:
        """What `make` makes, held under a name like the file's tensors; it is only called where nothing is held."""
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                held: _Made = self._held[name]
                return held
            coming, ours = self._coming.get(name), Future[_Made]()
            if coming is None:
                self._coming[name] = ours
        if coming is not None:
            there: _Made = coming.result()
            return there
        try:
            found = make()
        except BaseException as error:
            with self._lock:
                del self._coming[name]
            ours.set_exception(error)
            raise
        with self._lock:
            del self._coming[name]
            self._hold(name, found)
        ours.set_result(found)
        return found

    def _hold(self, name: str, found: Parts) -> None:
        self._held[name] = found
        size = self.size + _bytes(found)
        while size > self._room and len(self._held) > 1:
            _, oldest = self._held.popitem(last=False)
            size -= _bytes(oldest)
        self.size = size

    def _read_ahead(self, name: str, make: Callable[[], Parts]) -> None:
        with suppress(UserError):
            self.made(name, make)


@cache
def _reader() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="field file")


def _bytes(parts: Parts) -> int:
    tensors = parts.state_dict().values() if isinstance(parts, nn.Module) else parts
    return sum(part.nbytes for part in tensors)
