"""Half precision is used where a device gains by it, and wherever somebody asks for it."""

from __future__ import annotations

import pytest
import torch

from bake.contract.messages import Precision
from bake.device.precision import product_type, row_type

CPU, GPU = torch.device("cpu"), torch.device("cuda")
FULL, HALF, PICTURE = torch.float32, torch.bfloat16, torch.float16


@pytest.mark.parametrize(
    ("device", "training", "wanted", "products", "rows"),
    [
        (CPU, True, Precision.AUTO, FULL, FULL),
        (CPU, True, Precision.HALF, HALF, FULL),
        (CPU, False, Precision.HALF, HALF, FULL),
        (GPU, True, Precision.AUTO, HALF, HALF),
        (GPU, False, Precision.AUTO, PICTURE, PICTURE),
        (GPU, True, Precision.FULL, FULL, FULL),
        (GPU, False, Precision.HALF, PICTURE, PICTURE),
    ],
)
def test_what_is_multiplied_and_what_is_kept(
    device: torch.device, training: bool, wanted: Precision, products: torch.dtype, rows: torch.dtype
) -> None:
    assert product_type(device, training, wanted) == products
    assert row_type(device, products) == rows
