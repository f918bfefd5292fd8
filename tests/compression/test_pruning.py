"""What pruning, clearing and the kept cameras do to a field."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from bake.compression.cameras import KeptCameras
from bake.compression.pruning import pruned
from bake.compression.visibility import clear_unseen
from bake.contract.field_file import FootageCameras
from bake.field.model import Field, FieldConfig
from bake.render.sampling import FEWEST, Effort

CONFIG = FieldConfig((-1, -1, -1), (1, 1, 1), False, 0, 9, 0.1, 10, levels=2, log2_entries=8, hidden=16, twists=True)


def _field() -> Field:
    torch.manual_seed(0)
    field = Field(CONFIG)
    torch.nn.init.normal_(field.deformation.head.weight, std=0.05)
    field.grid.table.data.normal_(std=0.3)
    return field.requires_grad_(False)


def _samples() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.rand(500, 3), torch.rand(500), torch.nn.functional.normalize(torch.randn(500, 3), dim=-1)


def test_units_that_send_nothing_on_go_first_and_are_not_missed() -> None:
    field, samples = _field(), _samples()
    for layer, behind in (
        (field.deformation.first, field.deformation.second),
        (field.deformation.second, field.deformation.head),
        (field.decoder.geometry[0], field.decoder.geometry[2]),
        (field.decoder.colour[0], field.decoder.colour[2]),
    ):
        behind.get_parameter("weight")[:, 3:7] = 0
        assert len(layer.get_parameter("bias")) == 16
    smaller = pruned(field, 0.25, *samples)
    assert smaller.config.units == (12, 12, 12, 12)
    for one, two in zip(field.reference(*samples), smaller.reference(*samples), strict=True):
        assert torch.allclose(one, two, rtol=1e-4, atol=1e-5)


def test_kernel_of_a_pruned_field_is_its_reference_with_gradients() -> None:
    smaller = pruned(_field(), 0.3, *_samples()).requires_grad_(True)
    samples = _samples()
    grads = []
    for call in (smaller.forward, smaller.reference):
        smaller.zero_grad()
        density, colour = call(*samples)
        (density.mean() + colour.square().mean()).backward()
        grads.append([own.grad.clone() for own in smaller.parameters() if own.grad is not None])
    assert len(grads[0]) == len(grads[1]) > 8
    for one, two in zip(*grads, strict=True):
        assert torch.allclose(one, two, rtol=1e-3, atol=1e-6)


def test_cells_that_nobody_sees_are_cleared() -> None:
    field = _field()
    weights = torch.zeros_like(field.occupancy.density)
    weights[2, 10, 20, 30] = 0.5
    weights[2, 10, 20, 40] = 0.01
    clear_unseen(field, weights)
    assert (field.occupancy.density > 0).nonzero().tolist() == [[2, 10, 20, 30]]


def test_rays_of_kept_cameras_meet_what_the_cameras_look_at() -> None:
    matrix = np.eye(4)
    matrix[2, 3] = 5
    cameras = FootageCameras(matrix[None], np.array([[40, 30, 50, 50, 20, 15]], float), np.array([0.0]))
    origins, directions, times = KeptCameras(_field(), cameras).rays(300)
    assert torch.equal(origins, torch.tensor([[0.0, 0, 5]]).expand(300, 3))
    assert float(directions[:, :2].abs().amax(dim=0)[0]) <= 0.4 and bool((directions[:, 2] == -1).all())
    assert bool(((times >= 0) & (times <= 1)).all())


def test_shares_of_samples_leave_enough() -> None:
    assert Effort(160, 24).share(0.5).samples == 12
    assert Effort(160, 24).share(0.1).samples == FEWEST
    assert Effort(160, 6).share(0.5).samples == 6
    assert replace(CONFIG, samples_share=0.5).to_json()["samples_share"] == 0.5
    assert not {"samples_share", "units"} & CONFIG.to_json().keys()
