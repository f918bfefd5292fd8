"""What the worker hands over for viewports, and the camera of a viewport."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bake.contract.camera import Camera, Projection, from_viewport
from bake.contract.messages import PictureRequest, Quality, SurfelsRequest, decode, encode
from bake.contract.preview_file import PreviewPicture, Surfels, take_preview, write_picture, write_surfels
from tests.footage.making import orbit

CAMERA = Camera(40, 30, 50.0, 50.0, 20.0, 15.0, tuple(orbit(1, 9).ravel()))
PICTURE = PictureRequest(
    3, "a.stp", "ab", CAMERA, tuple(np.eye(4).ravel()), 2.5, Quality.PREVIEW, "x", ((0, 0, 0), (1, 1, 1)), 0.5, 2.0
)
SURFELS = SurfelsRequest(4, "a.stp", "ab", 2.5, 2, "y", 1.0)


def test_requests_travel() -> None:
    for request in (PICTURE, SURFELS, replace(PICTURE, crop=None, exposure_of=None)):
        assert decode(encode(request)) == request and type(decode(encode(request))) is type(request)


def test_previews_are_read_once(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    path = tmp_path / "a.npz"
    picture = PreviewPicture(random.random((3, 4, 4)).astype(np.float16), random.random((3, 4)).astype(np.float32))
    write_picture(path, picture)
    read = take_preview(path)
    assert isinstance(read, PreviewPicture) and not path.exists()
    assert (read.rgba == picture.rgba).all() and (read.depth == picture.depth).all() and read.size == 3 * 4 * 12
    for sky in (None, np.ones((2, 4, 4), np.uint8)):
        surfels = Surfels(
            random.random((5, 3)).astype(np.float32),
            np.ones(5, np.float32),
            np.full((5, 4), 7, np.uint8),
            np.zeros(3, np.float32),
            sky,
        )
        write_surfels(path, surfels)
        read = take_preview(path)
        assert (
            isinstance(read, Surfels)
            and (read.centres == surfels.centres).all()
            and (read.sky is None) == (sky is None)
        )


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no archive"])
def test_what_is_no_preview(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="no preview"):
        take_preview(path)
    assert not path.exists()
    np.savez(path, something=np.ones(3))
    with pytest.raises(ValueError, match="no preview"):
        take_preview(path)


def perspective(near: float, far: float) -> np.ndarray:
    return np.array(
        [
            [1.4, 0, 0.1, 0],
            [0, 1.9, -0.2, 0],
            [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
            [0, 0, -1, 0],
        ]
    )


def orthographic(near: float, far: float) -> np.ndarray:
    return np.array(
        [[0.2, 0, 0, 0.1], [0, 0.3, 0, -0.2], [0, 0, -2 / (far - near), -(far + near) / (far - near)], [0, 0, 0, 1]]
    )


@pytest.mark.parametrize(("projection", "near", "far"), [(perspective, 0.1, 90.0), (orthographic, -40.0, 40.0)])
def test_a_viewport_is_a_camera(projection: object, near: float, far: float) -> None:
    matrix, view = projection(near, far), np.linalg.inv(orbit(2, 9))  # type: ignore[operator]
    camera = from_viewport(matrix, view, 320, 200)
    assert camera.near == pytest.approx(0.1 if near > 0 else 0) and camera.far == pytest.approx(far if near > 0 else 80)
    points = np.random.default_rng(1).uniform(-1, 1, (50, 3))
    clip = np.c_[points, np.ones(50)] @ (matrix @ view).T
    screen = clip[:, :3] / clip[:, 3:]
    pixels, depth = camera.project(points)
    np.testing.assert_allclose(pixels, np.c_[(screen[:, 0] + 1) / 2 * 320, (1 - screen[:, 1]) / 2 * 200], atol=1e-6)
    eye = (np.c_[points, np.ones(50)] @ view.T)[:, 2]
    behind = 0 if camera.projection is Projection.PERSPECTIVE else near
    np.testing.assert_allclose(depth, -eye - behind, atol=1e-9)
