"""Bakes of tests are on no list but their own, and wait for nobody else's."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bake.contract.own_folder import VARIABLE


@pytest.fixture(scope="session", autouse=True)
def own_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A folder of this run's own in place of the user's."""
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = str(tmp_path_factory.mktemp("own"))
    yield
    if before is None:
        del os.environ[VARIABLE]
    else:
        os.environ[VARIABLE] = before
