"""The track on which annotated photos can be trained and scored."""

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from zoo.annotation.files import JOINTS, REGIONS
from zoo.documents.files import write_atomically
from zoo.recipes.track import Track
from zoo.recipes.writing import track_toml

FEW = 5  # people; so few are trained on and scored


def write_track(path: Path, like: Track, root: Path, names: Sequence[str], vocabulary: str) -> None:
    """A track like another one, on the photos `names` of the folder `root`, annotated beside `path`.

    Photos in sub-folders show a person a folder, and pairs are of one person; else everybody is in one photo, and lends a pose.
    """
    folders = sorted({PurePosixPath(name).parent for name in names})
    patterns = sorted({str(PurePosixPath(name).with_name(f"*{PurePosixPath(name).suffix.lower()}")) for name in names})
    by_folder = len(folders) > 1
    people = len(folders) if by_folder else len(names)
    paired = by_folder and any(sum(PurePosixPath(n).parent == f for n in names) > 1 for f in folders)
    options: dict[str, Any] = {
        "root": str(root.resolve()), "images": patterns, "person": "folder" if by_folder else "photo",
        "joints": str((path.parent / JOINTS).resolve()), "parsing": str((path.parent / REGIONS).resolve()),
        "vocabulary": vocabulary, "test": 0.2 if people >= FEW else "all", "pairs": "person" if paired else "unpaired",
    }  # fmt: skip
    track = like.model_copy(
        update={
            "name": re.sub(r"[^a-z0-9]+", "-", root.resolve().name.lower()).strip("-") or "photos",
            "summary": f"{len(names)} photos, annotated by zoo annotate",
            "dataset": like.dataset.model_copy(update={"options": options}),
            "protocol": "photos-v1" if paired else "unpaired-v1",
        }
    )
    write_atomically(path, track_toml(track, portable=False).encode())
