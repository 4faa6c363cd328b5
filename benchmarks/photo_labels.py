"""Label maps of street photographs that nobody labelled, by `photos.parser` told their joints: for the track photos-256-all.

    python benchmarks/photo_labels.py --photos ../shared/photos/ccp176 --out ../photos/ccp176/parse10-seen

Writes NAME.png in the words of spt10 for each photo of `images` that `parse10` lacks, and seen.json: how sure the parser was of
each. About a second a photo on one thread. A killed run goes on where it stood.
"""

import argparse
import json
from pathlib import Path

import numpy as np
import torch
from photo_accuracy import CONTEXT
from photo_fixtures import picture
from photo_lessons import both_ways
from PIL import Image
from torch import Tensor

from zoo.annotation.files import write_labels
from zoo.documents.files import write_atomically
from zoo.photos import read_annotations
from zoo.regions import remap_table
from zoo_photos.parser import PhotoParser

WORDS = "spt10"


def labelled(net: PhotoParser, photo: Tensor, joints: Tensor, visible: Tensor) -> tuple[Tensor, float]:
    """Labels (H,W) of a photo (3,H,W) in [-1,1], and the mean share of what won on the person."""
    with torch.no_grad():
        share = both_ways(net, photo[None], joints[None], visible[None]).softmax(1)[0]
    words = torch.zeros(10, *share.shape[1:]).index_add_(0, torch.tensor(remap_table("cihp20", WORDS)), share)
    sure, labels = words.max(0)
    return labels, float(sure[labels > 0].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("photos", "out"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    args = parser.parse_args()
    torch.set_num_threads(1)
    net, rows = PhotoParser(CONTEXT), read_annotations(args.photos / "annotation.csv")
    record = args.out / "seen.json"
    sure: dict[str, float] = json.loads(record.read_text()) if record.exists() else {}
    todo = [
        path for path in sorted((args.photos / "images").glob("*.jpg"))
        if path.name in rows and path.name not in sure and not (args.photos / "parse10" / f"{path.stem}.png").exists()
    ]  # fmt: skip
    for path in todo:
        labels, sure[path.name] = labelled(net, picture(path), *rows[path.name])
        write_labels(args.out / f"{path.stem}.png", Image.fromarray(labels.numpy().astype(np.uint8)))
        write_atomically(record, json.dumps(sure, indent=0).encode())


if __name__ == "__main__":
    main()
