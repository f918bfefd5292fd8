"""How the rays of a step are shared out among cores."""

from __future__ import annotations

import pytest
import torch

from bake.training.stepping import dealt, shares_of_rays


@pytest.mark.parametrize("cores", [2, 3, 4, 16])
@pytest.mark.parametrize("count", [128, 1000, 8192])
def test_every_ray_belongs_to_one_part_and_parts_are_as_large_as_their_shares(cores: int, count: int) -> None:
    shares = shares_of_rays(cores, 0.3)
    parts = dealt(count, shares)
    assert torch.equal(torch.cat(parts).sort().values, torch.arange(count))
    for share, part in zip(shares, parts, strict=True):
        assert len(part) > 0
        assert len(part) / count == pytest.approx(share, abs=1 / 30)
        # No part is a stretch of its own, as what comes first in a step differs from what comes last.
        assert part[0] < 32
        assert part[-1] >= count - 64


def test_the_core_that_smooths_has_fewer_rays_unless_there_are_cores_to_spare() -> None:
    assert shares_of_rays(2, 0.3) == pytest.approx([0.65, 0.35])
    assert shares_of_rays(8, 0.3) == pytest.approx([0.25] * 4)
    assert shares_of_rays(1, 0.3) == pytest.approx([1.0])
