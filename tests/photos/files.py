"""Small files the tests read."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

POINTS = [(10.0 + 2 * i, 20.0 + 3 * i) for i in range(18)]


def openpose(path: Path, *people: list[tuple[float, ...]], key: str = "pose_keypoints_2d") -> Path:
    flat = [{key: [v for x, y, *c in person for v in (x, y, *(c or [1.0]))]} for person in people]
    path.write_text(json.dumps({"people": flat}))
    return path


def picture(path: Path, mode: str = "RGB", size: tuple[int, int] = (40, 60)) -> Path:
    pixels = np.random.default_rng(0).integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)
    return path
