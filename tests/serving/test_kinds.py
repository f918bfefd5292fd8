"""The table of the kinds of request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from bake.contract.messages import Request
from bake.serving.kinds import KINDS


def kinds(of: type[Any]) -> Iterator[type[Any]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_every_request_of_the_contract_has_a_row() -> None:
    bases: tuple[type[Any], ...] = get_args(Request)
    assert {kind for base in bases for kind in kinds(base)} == KINDS.keys()
