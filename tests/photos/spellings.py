"""One skeleton, `POINTS`, written in every spelling of joints that people have on disk."""

import io
import json
from typing import Any

import numpy as np

from tests.photos.files import POINTS

FRAME = (128, 64)  # (H, W) that POINTS are pixels of
COCO = [POINTS[i] for i in (0, 15, 14, 17, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10)]
HALPE = COCO + [(1.0, 1.0)] * 9
WHOLE = COCO + [(2.0, 2.0)] * 116
BODY_25 = POINTS[:8] + [(9.0, 9.0)] + POINTS[8:] + [(3.0, 3.0)] * 6
MEDIAPIPE = [(4.0, 4.0)] * 33
for _ours, _theirs in enumerate((0, None, 12, 14, 16, 11, 13, 15, 24, 26, 28, 23, 25, 27, 5, 2, 8, 7)):
    if _theirs is not None:
        MEDIAPIPE[_theirs] = POINTS[_ours]

Points = list[tuple[float, float]]


def flat(points: Points, confidence: float = 0.9) -> list[float]:
    return [v for x, y in points for v in (x, y, confidence)]


def shares(points: Points) -> Points:
    return [((x + 0.5) / FRAME[1], (y + 0.5) / FRAME[0]) for x, y in points]


def columns(points: Points, **more: list[float]) -> dict[str, Any]:
    return {"name": "person", "class": 0, "confidence": 0.9, "box": {}, "keypoints": {
        "x": [x for x, _ in points], "y": [y for _, y in points], **more}}  # fmt: skip


def mmpose(points: Points) -> dict[str, Any]:
    return {
        "keypoints": [[*p] for p in points],
        "keypoint_scores": [0.8] * len(points),
        "bbox": [[0, 0, 9, 9]],
        "bbox_score": 1,
    }


def landmarks(points: Points) -> list[dict[str, float]]:
    return [{"x": x, "y": y, "z": 0.1, "visibility": 0.9} for x, y in shares(points)]


def coco(**image: object) -> dict[str, Any]:
    return {
        "images": [{"id": 7, "file_name": "a.jpg", **image}],
        "annotations": [{"image_id": 7, "num_keypoints": 17, "keypoints": flat(COCO, 2)}],
    }


NOBODY: dict[str, Any] = {"pose_keypoints_2d": None, "face_keypoints_2d": None}
DOCUMENTS: dict[str, Any] = {
    "OpenPose 18": {"version": 1.1, "people": [{"pose_keypoints": flat(POINTS)}]},
    "OpenPose BODY_25": {"version": 1.3, "people": [{"person_id": [-1], "pose_keypoints_2d": flat(BODY_25)}]},
    "ControlNet": {"people": [{"pose_keypoints_2d": flat(POINTS, 1), "hand_left_keypoints_2d": None}, NOBODY],
                   "animals": [], "canvas_height": 128, "canvas_width": 64},
    "ControlNet list": [{"people": [NOBODY, {"pose_keypoints_2d": flat(POINTS, 1)}], "canvas_height": 128, "canvas_width": 64}],
    "ControlNet normalised": [{"people": [{"pose_keypoints_2d": flat(shares(POINTS), 1)}]}],
    "ControlNet normalised, canvas": {"people": [{"pose_keypoints_2d": flat(shares(POINTS), 1)}],
                                      "canvas_height": 256, "canvas_width": 128},
    "openpose-editor": {"width": 64, "height": 128, "keypoints": [[*p] for p in POINTS]},
    "openpose-editor people": {"people": [{"pose_keypoints_2d": flat(POINTS, 1)}], "width": 64, "height": 128},
    "AlphaPose cmu": {"version": "AlphaPose v0.3", "bodies": [{"joints": flat(POINTS)}]},
    "AlphaPose open": {"a.jpg": {"version": "AlphaPose v0.3", "people": [{"pose_keypoints_2d": flat(POINTS)}]},
                       "b.jpg": {"version": "AlphaPose v0.3", "people": []}},
    "AlphaPose": [{"image_id": "a.jpg", "category_id": 1, "keypoints": flat(COCO), "score": 2.9, "idx": 0}],
    "AlphaPose Halpe 26": [{"image_id": "a.jpg", "category_id": 1, "keypoints": flat(HALPE), "score": 2.9}],
    "AlphaPose Halpe 136": [{"image_id": "a.jpg", "category_id": 1, "keypoints": flat(WHOLE + [(0.0, 0.0)] * 3), "score": 2.9}],
    "COCO annotations": coco(),
    "COCO annotations, sizes": coco(height=128, width=64),
    "COCO results": [{"image_id": 785, "category_id": 1, "keypoints": flat(COCO, 1), "score": 0.8}],
    "COCO-WholeBody results": [{"image_id": 785, "category_id": 1, "keypoints": flat(WHOLE), "score": 0.8}],
    "ultralytics": [columns(COCO, visible=[0.9] * 17)],
    "ultralytics normalised": [columns(shares(COCO), visible=[0.9] * 17)],
    "ultralytics without confidence": [columns(COCO)],
    "MMPose inferencer": [mmpose(COCO)],
    "MMPose inferencer, wholebody": [mmpose(WHOLE)],
    "MMPose inferencer, frames": [{"frame_id": 0, "instances": [mmpose(COCO)]}],
    "MMPose result": {"predictions": [[mmpose(COCO)]], "visualization": []},
    "MMPose demo": {"meta_info": {"dataset_name": "coco"}, "instance_info": [mmpose(COCO)]},
    "MMPose demo, video": {"meta_info": {}, "instance_info": [{"frame_id": 1, "instances": [mmpose(HALPE)]}]},
    "MediaPipe": landmarks(MEDIAPIPE),
    "MediaPipe landmarker": {"landmarks": [landmarks(MEDIAPIPE)], "world_landmarks": [landmarks(MEDIAPIPE)]},
    "MediaPipe solutions": {"pose_landmarks": {"landmark": landmarks(MEDIAPIPE)}},
    "MediaPipe in JavaScript": {"poseLandmarks": landmarks(MEDIAPIPE)},
    "COCO-17 lists": [[x, y, 0.9] for x, y in COCO],
    "lists of people": [[[x, y] for x, y in POINTS]],
}  # fmt: skip


def rows(before: str = "", between: str = ":", quote: str = "", x_first: bool = False) -> bytes:
    """A PATN annotation file."""
    xs, ys = ([int(v) for v in column] for column in zip(*POINTS, strict=True))
    lists = (xs, ys) if x_first else (ys, xs)
    return f"{before}a.jpg{between}{between.join(f'{quote}{numbers}{quote}' for numbers in lists)}\n".encode()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


def maps(dtype: type) -> np.ndarray:
    """(H,W,18): exp(-d^2 / 72), which leaves one pixel per joint where it is truncated to uint8."""
    y, x = np.mgrid[: FRAME[0], : FRAME[1]]
    return np.stack([np.exp(-((x - px) ** 2 + (y - py) ** 2) / 72) for px, py in POINTS], 2).astype(dtype)


FILES: dict[str, tuple[str, bytes]] = {
    "PATN csv": ("a.csv", rows("name:keypoints_y:keypoints_x\n")),
    "PATN csv with spaces": ("a.csv", rows(between=": ")),
    "semicolon csv": ("a.csv", rows("name;keypoints_y;keypoints_x\n", ";")),
    "comma csv": ("a.csv", rows("name,keypoints_y,keypoints_x\n", ",", '"')),
    "comma csv, x first": ("a.csv", rows("name,keypoints_x,keypoints_y\n", ",", '"', x_first=True)),
    "NTED txt": ("a.txt", "\n".join(f"{x:.0f} {y:.0f}" for x, y in POINTS).encode()),
    "table with confidence": ("a.csv", "\n".join(f"{x},{y},0.9" for x, y in POINTS).encode()),
    "joints npy": ("a.npy", npy(np.array(POINTS, np.float32))),
    "joints of integers": ("a.npy", npy(np.array(POINTS, np.int64))),
    "joints npy with confidence": ("a.npy", npy(np.array([(*p, 0.9) for p in POINTS]))),
    "COCO-17 npy": ("a.npy", npy(np.array([COCO], np.float64))),
    "COCO-17 npy with confidence": ("a.npy", npy(np.array([[(*p, 0.9) for p in COCO]]))),
    "K maps, Gaussian": ("a.npy", npy(maps(np.float32))),
    "K maps, one pixel": ("a.npy", npy(maps(np.uint8))),
    **{name: ("a.json", json.dumps(document).encode()) for name, document in DOCUMENTS.items()},
}
EXACT_NAMES = {  # where the neck is written, not found between the shoulders
    name for name in FILES if not name.startswith(("COCO", "ultralytics", "MMPose", "MediaPipe")) and name not in (
        "AlphaPose", "AlphaPose Halpe 26", "AlphaPose Halpe 136")
}  # fmt: skip
