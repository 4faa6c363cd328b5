"""A person at hand: a photo with the joints and the labels that tell of them, read from files or taken as they are."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from torch import Tensor

from zoo.errors import ZooError
from zoo.ops.image import to_uint8
from zoo.photos.images import as_photo, open_photo, photo_size, upright_size
from zoo.photos.joints import one_person, read_joints
from zoo.photos.joints_arrays import read_joint_array
from zoo.photos.joints_json import entries
from zoo.photos.parsings import as_labels, label_numbers, read_labels
from zoo.photos.sightings import MALFORMED, READ, Detections, Size, Skeleton
from zoo.regions import vocabulary

log = logging.getLogger(__name__)

HELD = "the picture"  # what messages call a photo without a file


@dataclass(frozen=True, eq=False)
class Subject:
    """A person, as far as they are known. Joints and labels are in pixels of a picture of `size`."""

    size: Size  # (H, W)
    name: str  # what messages call them
    photo: Image.Image | None = None  # RGB, upright; of fewer pixels than `size` has where those are too many to work with
    joints: Tensor | None = None  # (18,2) pixels, x and y
    visible: Tensor | None = None  # (18) bool
    labels: Image.Image | None = None  # mode L, of `size`
    words: str | None = None  # the vocabulary of the labels, or that they are to be told in
    number: int | None = None  # which of several people nets are to look at; the largest if None
    path: Path | None = None  # of the photo

    def __repr__(self) -> str:
        told = [f"{self.size[0]}x{self.size[1]}"]
        told += [f"{int(self.visible.sum())} of {len(self.visible)} joints"] if self.visible is not None else []
        told += [f"labels in {self.words}"] if self.labels is not None else []
        return f"<person of {self.name}: {', '.join(told)}>"

    @property
    def skeleton(self) -> Skeleton:
        """The joints (18,2) and which are visible (18); they must be known."""
        assert self.joints is not None and self.visible is not None, "nets have seen what was not given"
        return self.joints, self.visible


def subject(
    image: object = None,
    joints: object = None,
    parsing: object = None,
    *,
    regions: str | None = None,
    size: Size | None = None,
    row: str | None = None,
    number: int | None = None,
    confidence: float | None = None,
    notice: Callable[[str], object] = log.warning,
) -> Subject:
    """A person of a photo, a pose without one (of a picture of `size`), or both; see `zoo.person`.

    `row` picks one picture of a file of joints that tells of several; it is called as the photo if not given.
    """
    photo, own, name, path = _photo(image)
    frame = own or size
    if own and size and own != size:
        raise ZooError("a photo has a size of its own", where="size", fix="leave it out", exit_code=2)
    if frame is None:
        fix = "give an image, or size=(height, width) of the picture that the joints are pixels of"
        raise ZooError("there is no photo and no size", where="zoo.person", fix=fix, exit_code=2)
    named = row or (path.name if path else None)
    skeleton = None if joints is None else _skeleton(joints, named, frame, number, confidence, notice)
    return Subject(
        size=frame, name=name or (str(joints) if isinstance(joints, str | Path) else "the pose"), photo=photo,
        joints=skeleton and skeleton[0], visible=skeleton and skeleton[1],
        labels=None if parsing is None else read_layout(parsing, regions, frame),
        words=regions and vocabulary(regions).name, number=None if skeleton else number, path=path,
    )  # fmt: skip


def _photo(image: object) -> tuple[Image.Image | None, Size | None, str, Path | None]:
    """The photo, its size, what it is called, and where it lies."""
    if image is None:
        return None, None, "", None
    if isinstance(image, str | Path):
        path = Path(image)
        return open_photo(path), photo_size(path), str(path), path
    if isinstance(image, bytes):
        held = Path(HELD)
        return open_photo(held, image), photo_size(held, image), HELD, None
    picture = _of_tensor(image) if isinstance(image, Tensor) else _of_array(image) if isinstance(image, np.ndarray) else image
    if not isinstance(picture, Image.Image):
        raise _no_image(f"a {type(image).__name__}")
    return as_photo(picture, HELD, HELD), upright_size(picture), HELD, None


def _of_tensor(image: Tensor) -> Image.Image:
    """Of (3,H,W), uint8 or float in [-1,1]."""
    image = image.detach().cpu()
    image = image[0] if image.ndim == 4 and len(image) == 1 else image
    if image.ndim != 3 or image.shape[0] != 3:
        raise _no_image(f"a tensor of shape {tuple(image.shape)}")
    if image.is_floating_point():
        lowest, highest = image.aminmax()
        if not (lowest >= -1 and highest <= 1):  # NaN included
            raise _no_image(f"a tensor that runs from {lowest:.3g} to {highest:.3g}")
        if lowest >= 0:  # no pixel darker than grey: most likely in [0,1], and would come out pale
            raise _no_image(f"a float tensor that runs from {lowest:.3g} to {highest:.3g}, in [0,1] by the look of it")
        image = to_uint8(image)
    return _of_array(image.permute(1, 2, 0).numpy())


def _of_array(image: np.ndarray) -> Image.Image:
    """Of (H,W,3) uint8, or grey, or with transparency."""
    if image.dtype != np.uint8 or image.ndim not in (2, 3) or (image.ndim == 3 and image.shape[2] not in (3, 4)):
        raise _no_image(f"an array of {image.dtype} of shape {image.shape}")
    return Image.fromarray(np.ascontiguousarray(image))


def _no_image(found: str) -> ZooError:
    fix = "give a path, a file's bytes, a PIL image, an array (H,W,3) of uint8, or a tensor (3,H,W), uint8 or float in [-1,1]"
    return ZooError(f"{found} is no image", where="zoo.person", fix=fix, exit_code=2)


def _skeleton(
    joints: Any, row: str | None, frame: Size, number: int | None, confidence: float | None, notice: Callable[[str], object]
) -> Skeleton:
    if isinstance(joints, str | Path):
        return read_joints(Path(joints), row, frame, number, notice, confidence=confidence)
    try:
        found = _detections(joints)
    except MALFORMED as error:
        what = f"cannot understand the joints: found {error}"
        fix = f"give (J,2) or (J,3) for x, y, confidence in pixels; or a file: {READ}"
        raise ZooError(what, where="joints", fix=fix, exit_code=2) from error
    return one_person(found, frame, "joints", person=number, confidence=confidence, notice=notice)


def _detections(joints: Any) -> Detections:
    if isinstance(joints, dict):
        [entry] = entries(joints)
        return entry.detections()
    return read_joint_array(joints.detach().cpu().numpy() if isinstance(joints, Tensor) else np.asarray(joints))


def read_layout(parsing: object, regions: str | None, frame: Size) -> Image.Image:
    """Label numbers of `regions`, as large as the `frame`: from a file, a grey picture, an array or a tensor (H,W)."""
    name = Path(parsing).name if isinstance(parsing, str | Path) else "the parsing"
    if regions is None:
        fix = 'name it: regions="cihp20" (--regions cihp20), for instance'
        raise ZooError(f"the region vocabulary of {name} is not given", where=name, fix=fix, exit_code=2)
    words = vocabulary(regions)
    if isinstance(parsing, str | Path):
        return read_labels(Path(parsing), words, frame)
    if isinstance(parsing, Image.Image):
        parsing = label_numbers(parsing, name, name)
    numbers = parsing.detach().cpu().numpy() if isinstance(parsing, Tensor) else np.asarray(parsing)
    return as_labels(numbers, words, frame, name, name)
