"""Joints in JSON, in the spellings of detectors, data sets and editors, each recognised by its keys.

OpenPose and ControlNet: {"people": [{"pose_keypoints_2d": [x, y, c, ...]}]}, several pictures in a list or by name
COCO:                    {"images": [...], "annotations": [{"image_id", "keypoints": [x, y, v, ...]}]}
COCO results, AlphaPose: [{"image_id", "keypoints": [x, y, c, ...]}]
MMPose:                  [{"keypoints": [[x, y], ...], "keypoint_scores": [...]}], by frame or as "instance_info"
ultralytics:             [{"keypoints": {"x": [...], "y": [...], "visible": [...]}}]
MediaPipe:               [{"x", "y", "visibility"}, ...], shares of the picture; by itself or as "landmarks"
openpose-editor:         {"width", "height", "keypoints": [[x, y], ...]}, 18 after 18
arrays:                  [[x, y], ...] or [[x, y, c], ...], of one person or several
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor

from zoo.photos.sightings import Detections, Seen, StrangeError, stated_size
from zoo.skeleton import JOINTS


class Entry(NamedTuple):
    """One picture of a document: its name, its number or nothing where it has none, and its people as they are written."""

    name: str
    people: list[Any]
    height: Any = None
    width: Any = None

    def detections(self) -> Detections:
        """Its people, without those of whom nothing is written; raises one of MALFORMED where that makes no sense."""
        rows = [_rows(person) for person in self.people]
        return Detections([Seen.of(r) for r in rows if r is not None], stated_size(self.height, self.width))


def entries(document: Any) -> Iterator[Entry]:
    """The pictures of a document; raises one of MALFORMED for what it does not understand."""
    match document:
        case {"images": images, "annotations": annotations}:
            yield from _coco(images, annotations)
        case {"instance_info": inner} | {"predictions": inner}:
            yield from entries(inner)
        case {"people": people} | {"bodies": people} | {"instances": people}:
            yield Entry("", people, *_canvas(document))
        case {"width": width, "height": height, "keypoints": points}:
            yield Entry("", torch.tensor(points).view(-1, JOINTS, 2).tolist(), height, width)
        case {"pose_landmarks": inner} | {"poseLandmarks": inner} | {"landmarks": inner} | {"landmark": inner}:
            yield from entries(inner)
        case {"keypoints": _}:
            yield Entry("", [document])
        case {**named} if named:
            for name, inner in named.items():
                yield from (entry._replace(name=str(name)) for entry in entries(inner))
        case [*several]:
            yield from _listed(several)
        case _:
            raise StrangeError("no joints")


def _listed(several: list[Any]) -> Iterator[Entry]:
    match next((one for one in several if one is not None), None):
        case {"image_id": _}:
            people = defaultdict(list)
            for person in several:
                people[str(person["image_id"])].append(person)
            yield from (Entry(name, group) for name, group in people.items())
        case {"people": _} | {"instances": _}:
            for number, picture in enumerate(several, 1):
                yield from (entry._replace(name=str(picture.get("frame_id", number))) for entry in entries(picture))
        case [{"keypoints": _}, *_]:
            yield from (Entry(str(number), people) for number, people in enumerate(several, 1))
        case {"x": _} | [int() | float() | None, *_]:
            yield Entry("", [several])
        case _:
            yield Entry("", several)


def _coco(images: list[Any], annotations: list[Any]) -> Iterator[Entry]:
    people = defaultdict(list)
    for annotation in annotations:
        people[annotation["image_id"]].append(annotation)
    for image in images:
        yield Entry(image["file_name"], people[image["id"]], image.get("height"), image.get("width"))


def _canvas(document: dict[str, Any]) -> tuple[Any, Any]:
    return document.get("canvas_height", document.get("height")), document.get("canvas_width", document.get("width"))


def _rows(person: Any) -> Tensor | None:
    """x, y and, if it is written, confidence of each joint of one person (J,2) or (J,3); NaN for null. None for nobody."""
    match person:
        case None | []:
            return None
        case {"pose_keypoints_2d": joints} | {"pose_keypoints": joints} | {"joints": joints} | {"landmarks": joints}:
            return _rows(joints)
        case {"keypoints": {"x": xs, "y": ys, "visible": [*confidences]}}:
            return _numbers([xs, ys, confidences]).T
        case {"keypoints": {"x": xs, "y": ys}}:
            return _numbers([xs, ys]).T
        case {"keypoints": joints, "keypoint_scores": scores}:
            rows = _rows(joints)
            return rows if rows is None else torch.cat([rows[:, :2], _numbers([scores]).T], 1)
        case {"keypoints": joints}:
            return _rows(joints)
        case [{"x": _, "y": _}, *_]:
            return _numbers([[p["x"], p["y"], p.get("visibility", p.get("score", 1))] for p in person])
        case [*joints] if any(isinstance(joint, list) for joint in joints):
            width = max(len(joint) for joint in joints if joint)
            return _numbers([joint or [None] * width for joint in joints])
        case [*flat]:
            return _numbers([flat]).view(-1, 3)
    raise StrangeError("no joints")


def _numbers(rows: list[list[float | None]]) -> Tensor:
    return torch.tensor([[float("nan") if v is None else v for v in row] for row in rows], dtype=torch.float32)
