"""The cameras of a clip that came without: a COLMAP solve in which what moves by itself has no say."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ..contract.camera import Camera
from ..contract.errors import UserError
from ..contract.shot_description import SUFFIX, FootageFrame, ShotDescription, Stream, write_shot_description
from .capture import BadEntry
from .captured import ASSUMED_FPS
from .colmap import import_pycolmap, intrinsics_of, world_to_camera
from .moving import Grey, Mask, camera_stands_still, moving_masks, shrunk
from .numbering import by_name, pictures_in
from .pictures import read_picture
from .problems import Findings
from .video import inspect_video, read_video_picture

Tell = Callable[[str, float], None]
"""What is being done, and how much of it: 0 to 1."""

FEWEST = 0.6
"""Share of the frames that must be placed; with fewer the camera path has holes that no bake can fill."""
_FEWEST_FRAMES = 8
_FEATURES = 4096
_LARGEST = 1600
_OVERLAP = 10
_FOCAL = 1.2
"""Focal length that the search begins with, in widths of the picture: between a telephone's and a normal lens."""
_LEAST_TRAVEL = 0.02
"""Way of the camera over the distance of what it sees, below which distances are guesses."""
_MOVING = "moving"


@dataclass(frozen=True)
class Solved:
    """What a solve has found: the description it wrote, and how many of the clip's frames have a camera."""

    path: Path
    placed: int
    frames: int
    error: float
    """Mean distance between points and where they were seen, pixels."""


@dataclass(frozen=True)
class _Clip:
    """The pictures of a clip: files, or one video."""

    files: tuple[Path, ...]
    video_frames: int
    fps: float
    times: tuple[float, ...]
    """Shot frames: the numbers in the names of pictures, or counted."""

    def __len__(self) -> int:
        return self.video_frames or len(self.files)

    def read(self, number: int) -> NDArray[np.uint8]:
        """(H, W, 3) uint8, RGB."""
        if self.video_frames:
            return read_video_picture(self.files[0], number)
        return np.asarray(np.round(read_picture(self.files[number])[..., :3] * 255), dtype=np.uint8)


def solve(clip: Path, folder: Path, tell: Tell) -> Solved:
    """Find the cameras of a clip, and write a shot description with masks of what moves into a new folder.

    Parameters
    ----------
    clip : Path
        A video, or a folder of pictures in the order of their names.

    Raises
    ------
    UserError
        If pycolmap is missing, the clip cannot be read, its camera does not move, or too few frames could be placed.
    """
    pycolmap = import_pycolmap()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UserError(f"The output {folder} exists and is not empty.", "Name a folder that is not there yet.")
    pictures = _open(clip)
    with tempfile.TemporaryDirectory(prefix="spacetimepilot-") as temporary:
        room = Path(temporary)
        masks = _prepare(pictures, room, clip, tell)
        model = _reconstruct(pycolmap, room, len(pictures), clip, tell)
        placed = {int(Path(image.name).stem): image for image in model.images.values() if image.has_pose}
        _check(model, placed, len(pictures), clip)
        description = _describe(clip, pictures, model, placed)
        path = _write(folder, f"{clip.stem}{SUFFIX}", description, {number: masks[number] for number in placed})
    return Solved(path, len(placed), len(pictures), float(model.compute_mean_reprojection_error()))


def _open(clip: Path) -> _Clip:
    if not clip.exists():
        raise UserError(f"There is no clip {clip}.", "Give a video, or a folder of pictures.")
    if clip.is_dir():
        files = pictures_in(clip)
        numbered = by_name([file.name for file in files], clip, Findings())
        opened = _Clip(tuple(files), 0, ASSUMED_FPS, tuple(told.shot_frame for told in numbered))
    else:
        try:
            info = inspect_video(clip)
        except UserError as error:
            raise UserError(f"{clip}: {error.sentence}.", "Give a video, or a folder of pictures.") from error
        opened = _Clip((clip,), info.frame_count, info.fps or ASSUMED_FPS, tuple(map(float, range(info.frame_count))))
    if len(opened) < _FEWEST_FRAMES:
        raise UserError(
            f"The clip {clip} has {len(opened)} frames; at least {_FEWEST_FRAMES} are needed to find a camera path.",
            "Give a longer clip.",
        )
    return opened


def _prepare(clip: _Clip, room: Path, path: Path, tell: Tell) -> list[Mask]:
    """Write pictures and masks as COLMAP wants them; returns what moves in each."""
    small: list[Grey] = []
    (room / "images").mkdir()
    (room / "masks").mkdir()
    for number in range(len(clip)):
        tell("reading", number / len(clip))
        try:
            picture = clip.read(number)
        except UserError as error:
            raise UserError(f"Frame {number} of {path}: {error.sentence}.", error.hint) from error
        scale = min(1.0, _LARGEST / max(picture.shape))
        if small and shrunk(picture).shape != small[0].shape:
            raise UserError(f"Frame {number} of {path} has another shape than the first.", "Give pictures of one size.")
        small.append(shrunk(picture))
        sized = picture if scale == 1 else cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        Image.fromarray(sized).save(room / "images" / f"{number:06d}.jpg", quality=97)
    if camera_stands_still(small):
        raise UserError(
            f"The camera of {path} does not move enough to tell how far away things are: most of the picture stands "
            "still.",
            "One standing camera cannot be solved; film with a moving camera, or with several.",
        )
    step = max(1, min(4, len(clip) // 8))
    masks = moving_masks(small, step, lambda number: tell("masking", number / len(clip)))
    for number, mask in enumerate(masks):
        Image.fromarray(np.where(mask, 0, 255).astype(np.uint8)).resize((sized.shape[1], sized.shape[0])).save(
            room / "masks" / f"{number:06d}.jpg.png"
        )
    return masks


def _reconstruct(pycolmap: Any, room: Path, count: int, path: Path, tell: Tell) -> Any:
    """COLMAP's largest model of the pictures in `room`."""
    database, images, models = room / "database.db", room / "images", room / "models"
    models.mkdir()
    pycolmap.set_random_seed(0)
    reader = pycolmap.ImageReaderOptions()
    reader.camera_model, reader.mask_path, reader.default_focal_length_factor = "SIMPLE_RADIAL", room / "masks", _FOCAL
    extraction = pycolmap.FeatureExtractionOptions()
    extraction.sift.max_num_features = _FEATURES
    tell("features", 0.0)
    pycolmap.extract_features(
        database,
        images,
        camera_mode=pycolmap.CameraMode.SINGLE,
        reader_options=reader,
        extraction_options=extraction,
        device=pycolmap.Device.cpu,
    )
    pairing = pycolmap.SequentialPairingOptions()
    pairing.overlap, pairing.quadratic_overlap = _OVERLAP, True
    tell("matching", 0.0)
    pycolmap.match_sequential(database, pairing_options=pairing, device=pycolmap.Device.cpu)
    done = 2

    def next_image() -> None:
        nonlocal done
        done += 1
        tell("solving", min(done / count, 1.0))

    tell("solving", 0.0)
    options = pycolmap.IncrementalPipelineOptions()
    options.random_seed, options.max_num_models, options.extract_colors = 0, 3, False
    found = pycolmap.incremental_mapping(database, images, models, options=options, next_image_callback=next_image)
    if not found:
        raise UserError(
            f"No camera path could be found for {path}: too little of it stays in view, or the camera does not move "
            "enough.",
            "Film slower, with more detail that stands still, and move the camera sideways.",
        )
    return max(found.values(), key=lambda model: model.num_reg_images())


def _check(model: Any, placed: dict[int, Any], count: int, path: Path) -> None:
    told = f"placed {len(placed)} of {count} frames"
    if len(placed) < FEWEST * count:
        raise UserError(
            f"The solve of {path} {told}, too few to bake; at least {FEWEST:.0%} are needed.",
            "Cut the clip to the part whose camera moves slowly past things that stand still.",
        )
    places = np.array([image.projection_center() for image in placed.values()])
    axes = {image.image_id: world_to_camera(image)[2] for image in placed.values()}
    depths = [
        float(axes[element.image_id][:3] @ point.xyz + axes[element.image_id][3])
        for point in model.points3D.values()
        for element in point.track.elements
    ]
    travel = float(np.linalg.norm(places.max(axis=0) - places.min(axis=0)) / max(np.median(depths), 1e-9))
    if travel < _LEAST_TRAVEL:
        raise UserError(
            f"The camera of {path} does not move enough to tell how far away things are: it went {travel:.1%} of the "
            "distance to what it saw.",
            "A camera that only turns cannot be solved; move it sideways.",
        )


def _describe(path: Path, clip: _Clip, model: Any, placed: dict[int, Any]) -> ShotDescription:
    """Cameras in a world whose up is the cameras' mean up, around the middle of what they saw, about 10 units wide."""
    height, width = clip.read(0).shape[:2]
    poses = {
        number: np.linalg.inv(world_to_camera(image)) @ np.diag((1, -1, -1, 1)) for number, image in placed.items()
    }
    points = np.array([point.xyz for point in model.points3D.values()])
    upright = _upright(np.array(list(poses.values())), points)
    frames = []
    for number in sorted(placed):
        try:
            intrinsics = intrinsics_of(model.cameras[placed[number].camera_id])
        except BadEntry as error:
            raise UserError(f"COLMAP solved {path} with a lens that is not known: {error}.") from error
        pose = upright @ poses[number]
        pose[:3, :3] /= np.linalg.norm(pose[:3, 0])
        camera: Camera = intrinsics.camera(pose, width, height)
        source = clip.files[0 if clip.video_frames else number].resolve()
        frames.append(
            FootageFrame(
                path=str(source),
                shot_frame=clip.times[number],
                camera=camera,
                video_frame=number if clip.video_frames else None,
                moving=f"{_MOVING}/{number:06d}.png",
            )
        )
    notes = {"clip": str(path), "software": "COLMAP", "placed": len(placed), "frames": len(clip)}
    return ShotDescription(path.stem, clip.fps, (Stream(path.stem, tuple(frames)),), source=notes)


def _upright(poses: NDArray[np.float64], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(4, 4) similarity to a world with Z up; a solve leaves place, direction and size open."""
    up = poses[:, :3, 1].mean(axis=0)
    up /= max(float(np.linalg.norm(up)), 1e-9)
    ahead = -poses[0, :3, 2] - up * float(up @ -poses[0, :3, 2])
    ahead /= max(float(np.linalg.norm(ahead)), 1e-9)
    turn = np.stack([np.cross(ahead, up), ahead, up])
    low, high = np.percentile(points, [5, 95], axis=0)
    size = 10 / max(float(np.max(high - low)), 1e-9)
    matrix = np.eye(4)
    matrix[:3, :3] = size * turn
    matrix[:3, 3] = -size * turn @ np.median(points, axis=0)
    return matrix


def _write(folder: Path, name: str, description: ShotDescription, masks: dict[int, Mask]) -> Path:
    """Everything aside first, then renamed to `folder`, so that nobody sees half of it."""
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex[:12]}")
    try:
        (aside / _MOVING).mkdir(parents=True)
        for number, mask in masks.items():
            Image.fromarray(mask.astype(np.uint8) * 255).save(aside / _MOVING / f"{number:06d}.png")
        write_shot_description(aside / name, description)
        if folder.exists():
            folder.rmdir()
        aside.rename(folder)
    except OSError as error:
        raise UserError(
            f"Cannot write {folder}: {error.strerror or error}.",
            "Free some disk space or choose a folder you may write to, then try again.",
        ) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return folder / name
