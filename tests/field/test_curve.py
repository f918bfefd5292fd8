"""The curve of a field's colours, for tensors: it is that of the contract, and its slope is its slope."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from bake.contract.colour import SRGB, Encoding
from bake.field.curve import light_of, steepness, stored_of
from bake.field.exposures import exposed

ENCODINGS = (SRGB, Encoding(8.0), Encoding(256.0))


@pytest.mark.parametrize("encoding", ENCODINGS, ids=lambda encoding: f"peak {encoding.peak:g}")
def test_it_is_the_contracts_curve(encoding: Encoding) -> None:
    stored = torch.linspace(0, 1, 4001, dtype=torch.float64)
    light = light_of(stored, encoding.white)
    np.testing.assert_allclose(light.numpy(), encoding.light(stored.numpy()), rtol=2e-5, atol=1e-6)
    torch.testing.assert_close(stored_of(light, encoding.white), stored, rtol=0, atol=3e-7)
    np.testing.assert_allclose(encoding.encode(light.numpy()), stored.numpy(), atol=2e-6)
    middles = stored[1:-1]
    slope = (light[2:] - light[:-2]) / (stored[2:] - stored[:-2])
    # At the end of sRGB's straight beginning the standard's curve has a small bend.
    even = (middles / encoding.white - 0.04045).abs() > 2e-3
    torch.testing.assert_close((1 / slope)[even], steepness(middles, encoding.white)[even], rtol=2e-3, atol=1e-4)


def test_white_is_where_the_logarithm_begins() -> None:
    for encoding in ENCODINGS[1:]:
        assert float(encoding.encode(np.float32([1.0] * 3))[0]) == pytest.approx(encoding.white, abs=1e-6)
        assert float(encoding.light(np.float32([1.0] * 3))[0]) == pytest.approx(encoding.peak, rel=1e-5)
        assert encoding.encode(np.float32([1e6, -1.0, encoding.peak])) == pytest.approx([1.0, 0.0, 1.0], abs=1e-6)


def test_light_beyond_white_is_exposed_as_light(peak: float = 64.0) -> None:
    encoding = Encoding(peak)
    light = torch.tensor([[0.3, 2.0, 12.0]])
    stored, alpha, stops = stored_of(light, encoding.white), torch.tensor([[0.5]]), torch.tensor([[1.0, 1.0, -2.0]])
    brighter = exposed(stored * alpha, alpha, stops, encoding.white) / alpha
    torch.testing.assert_close(light_of(brighter, encoding.white), light * torch.exp2(stops), rtol=1e-4, atol=1e-5)
