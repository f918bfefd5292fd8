"""Making the volumes of many frames, and laying them out as a sequence that a Volume object reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ...bake.contract.errors import Cancelled, UserError
from ...bake.contract.messages import VolumeRequest
from ...bake.contract.volume_file import SUFFIX, take_blocks, volume_fault, volume_name
from ..field.field_request import demand_same_field
from ..placing import clean, folder_named, numbered, place
from ..work import Work
from ..worker.worker_client import worker
from .openvdb_library import openvdb_library
from .vdb_file import write_vdb


class VolumeWork(Work):
    """Volumes to be made, and how far that is; what is there and sound stays.

    Parameters
    ----------
    requests : by scene frame.
    field : str
        Name of the field object.

    Attributes
    ----------
    sequence : Path or None
        The first file of the finished sequence.
    remade : list of str
        Sentences about volumes that were there, but not as they should be.
    """

    def __init__(self, requests: Mapping[int, VolumeRequest], field: str) -> None:
        # In the main thread, as Blender wants it.
        openvdb_library()
        self.requests, self.field = dict(requests), field
        self.each = list({one.path: one for one in requests.values()}.values())
        self.sequence: Path | None = None
        self.remade: list[str] = []
        super().__init__(len(self.each))

    @property
    def size(self) -> int:
        """Bytes of the sequence's files, each counted once."""
        return sum(Path(one.path).stat().st_size for one in self.each)

    def make_all(self) -> Iterator[int]:
        """Make what is missing, telling how many there are, then lay out the sequence.

        Raises
        ------
        UserError
            If one cannot be made.
        """
        for request in self.each:
            if self._stopped:
                return
            told = ensure_volume(request)
            if told:
                self.remade.append(told)
            self.made += 1
            yield self.made
        self.sequence = self._laid_out()

    def _laid_out(self) -> Path:
        """Files numbered by scene frame, in a folder whose name says what all of them show.

        Blender remembers what it has read by path: other volumes must have another.
        """
        names = "\n".join(f"{frame} {Path(one.path).stem}" for frame, one in sorted(self.requests.items()))
        word = clean(self.field)
        folder = Path(self.each[0].path).parent / folder_named(word, names)
        for frame, request in self.requests.items():
            source, target = Path(request.path), folder / numbered(word, frame, ".vdb")
            if volume_fault(target, source.name):
                place(source, target)
        return folder / numbered(word, min(self.requests), ".vdb")


def ensure_volume(request: VolumeRequest) -> str:
    """Have a volume made unless it is there and sound; a sentence if what was there was not.

    Raises
    ------
    UserError
        If it cannot be made, or the field file is not the one the scene was set up with.
    """
    path = Path(request.path)
    fault = volume_fault(path, volume_name(request))
    if not fault:
        return ""
    told = f"{path.name} {fault}; it was made again" if path.exists() else ""
    _make(request, path)
    if volume_fault(path, volume_name(request)):
        raise UserError(f"The volume {path} is damaged right after it was made.", "Check the disk it lies on.")
    return told


def _make(request: VolumeRequest, path: Path) -> None:
    demand_same_field(request)
    try:
        beside = worker()
        passed = beside.folder / f"{path.stem}{SUFFIX}"
        beside.make(replace(request, path=str(passed)))
        blocks = take_blocks(passed)
    except Cancelled as error:
        raise UserError("The volume was cancelled.", "Make it again.") from error
    except ValueError as error:
        raise UserError(f"The worker's volume cannot be read: {error}.", "Run Doctor to see why.") from error
    write_vdb(path, blocks, request)
