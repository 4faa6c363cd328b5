"""Joints in arrays: coordinates, and the maps that PATN and its followers draw of them."""

import numpy as np
import torch
from torch import Tensor

from zoo.photos.sightings import Detections, Seen, StrangeError
from zoo.skeleton import JOINT_ORDERS, JOINTS

_BODY_PARTS = 24  # of DensePose


def read_joint_array(array: np.ndarray) -> Detections:
    """Joints (J,2), (J,3) or of several people (N,J,2), (N,J,3); or maps (H,W,18).

    Raises StrangeError that says what was found instead.
    """
    if array.dtype.kind not in "fiu":
        raise StrangeError(f"an array of {array.dtype}")
    if array.ndim == 3 and array.shape[2] == JOINTS:
        return Detections([Seen.of(_peaks(array))], (array.shape[0], array.shape[1]))
    if array.ndim in (2, 3) and array.shape[-1] in (2, 3) and array.shape[-2] in JOINT_ORDERS:
        with np.errstate(over="ignore"):  # infinity is missing
            points = torch.from_numpy(np.array(array, np.float32))
        return Detections([Seen.of(person) for person in points.view(-1, *points.shape[-2:])])
    raise StrangeError(f"an array of {array.dtype} of shape {array.shape}{densepose(array)}")


def densepose(picture: np.ndarray) -> str:
    """A remark on a picture (H,W,3) or (3,H,W) like DensePose's: I numbers parts of the body, U and V run over each."""
    if picture.ndim != 3 or 3 not in (picture.shape[0], picture.shape[2]):
        return ""
    planes = picture if picture.shape[0] == 3 else picture.transpose(2, 0, 1)
    parts = any(0 < plane.max() <= _BODY_PARTS and (plane == plane.round()).all() for plane in (planes[0], planes[2]))
    return ", DensePose IUV: it says where the body's surface is, not where its joints are" if parts else ""


def _peaks(maps: np.ndarray) -> Tensor:
    """Where each of the maps (H,W,18) is highest, and how high: (18,3). Gaussians or single pixels; an empty map is 0."""
    flat = maps.reshape(-1, maps.shape[2])
    y, x = np.unravel_index(flat.argmax(0), maps.shape[:2])
    return torch.from_numpy(np.stack([x, y, flat.max(0)], 1).astype(np.float32))
