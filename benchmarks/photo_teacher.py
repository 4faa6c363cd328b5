"""Joints that MoveNet sees in the photographs, each looked at as it is and in its mirror image: the labels of `zoo_photos`.

    python benchmarks/photo_teacher.py --movenet ../shared/tools/movenet --photos ../shared/photos --out teacher.npz

About 0.3 s a photo on one thread. A killed run goes on where it stood.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from photo_shelf import FOLDERS
from PIL import Image, ImageOps

from zoo.skeleton import JOINT_FLIP


def look(net: Any, picture: Image.Image) -> dict[str, Any]:
    """Joints (2,18,2) in the picture's pixels and confidence (2,18), of the picture and of its mirror image."""
    joints, confidence = net(picture)
    mirrored, sure = net(ImageOps.mirror(picture))
    order = list(JOINT_FLIP)
    mirrored = np.stack((picture.width - 1 - mirrored[order, 0], mirrored[order, 1]), 1)
    return {"joints": np.stack((joints, mirrored)).tolist(), "confidence": np.stack((confidence, sure[order])).tolist()}


def movenet(folder: Path, name: str, size: int) -> Any:
    """MoveNet `name` (thunder looks at 256 pixels, lightning at 192): a PIL image -> joints (18,2), confidence (18)."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    from movenet import MoveNet  # type: ignore[import-not-found]

    torch.set_num_threads(1)
    return MoveNet(str(folder / f"movenet-{name}.json"), size)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("movenet", "photos", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    net = movenet(args.movenet, "thunder", 256)
    diary = args.out.with_suffix(".jsonl")  # a line per photo, so that nothing is looked at twice
    told = {row["name"]: row for row in map(json.loads, diary.read_text().splitlines())} if diary.exists() else {}
    files = [file for folder in FOLDERS for file in sorted((args.photos / folder / "images").glob("*.jpg"))]
    with diary.open("a") as lines:
        for file in files:
            if file.name not in told:
                told[file.name] = {"name": file.name, **look(net, Image.open(file).convert("RGB"))}
                lines.write(json.dumps(told[file.name]) + "\n")
                lines.flush()
    names = [file.name for file in files]
    joints, confidence = (np.array([told[name][k] for name in names], np.float32) for k in ("joints", "confidence"))
    np.savez_compressed(args.out, names=np.array(names), joints=joints, confidence=confidence)


if __name__ == "__main__":
    main()
