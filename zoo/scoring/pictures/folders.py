"""Folders of pictures scored by protocols: what is there is matched, measured and counted."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import torch

from zoo.documents.reading import file_sha256
from zoo.errors import ZooError
from zoo.photos.detections import Skeleton
from zoo.photos.joints import read_annotations
from zoo.scoring.pictures.document import PictureProtocol
from zoo.scoring.pictures.frames import Layout, Role
from zoo.scoring.pictures.gathering import Progress
from zoo.scoring.pictures.naming import Couple, Matched, by_name, matched, pictures, read_pairs, spelt, strips
from zoo.scoring.pictures.score import Counts
from zoo.scoring.pictures.scoring import PictureScores, score_pictures
from zoo.scoring.pictures.supplies import Supplies

Size = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Folders:
    """Where everything lies."""

    outputs: Path
    targets: Path | None = None  # of strips none: they show their targets
    sources: Path | None = None
    pairs: Path | None = None
    real: Path | None = None
    joints: Path | None = None
    found_joints: Path | None = None
    silhouettes: Path | None = None
    joints_size: Size | None = None
    layouts: Mapping[Role, Layout | None] = field(default_factory=dict)

    def given(self) -> set[str]:
        """What metrics may need, and is there."""
        return {name for name in ("joints", "found_joints", "silhouettes", "real") if getattr(self, name)}


@dataclass(frozen=True)
class FolderScores:
    """What was found, its scores, and those of the sources in the outputs' place where sources were given."""

    matched: Matched
    scores: PictureScores
    copies: PictureScores | None
    digest: str  # sha256 of the names and contents of all outputs and targets

    def counts(self) -> Counts:
        """How many pictures there were, and what became of them."""
        return Counts(
            outputs=self.matched.outputs,
            targets=self.matched.targets,
            used=self.scores.couples,
            missing=len(self.matched.missing),
            left_out=len(self.matched.left_out),
            damaged=len(self.scores.damaged),
        )


def open_folders(folders: Folders) -> tuple[Matched, Supplies]:
    """Which output belongs to which target, and what there is beside them. Reads names and lists, no picture."""
    outputs = pictures(folders.outputs, "--outputs")
    pairs = None if folders.pairs is None else read_pairs(folders.pairs)
    if folders.layouts.get("outputs") == "strip":
        if folders.targets or folders.sources or folders.pairs:
            what = "strips show their own targets, and all of them are scored"
            raise ZooError(what, where="--layout", fix="leave --targets, --sources and --pairs out", exit_code=2)
        found = strips(outputs)
        layouts: dict[Role, Layout | None] = {"outputs": "strip", "targets": "strip", "real": folders.layouts.get("real")}
    elif folders.targets is None:
        raise ZooError("there is nothing to compare with", where="zoo score", fix="give --targets DIR", exit_code=2)
    else:
        sources = pictures(folders.sources, "--sources") if folders.sources else ()
        found = matched(outputs, pictures(folders.targets, "--targets"), sources, pairs)
        if folders.sources:
            _require_sources(found)
        layouts = {role: folders.layouts.get(role) for role in ("outputs", "targets", "real")}
    return found, Supplies(
        layouts=layouts,
        real=pictures(folders.real, "--real") if folders.real else (),
        joints=_skeletons(folders.joints),
        joints_size=folders.joints_size,
        found=_skeletons(folders.found_joints),
        silhouettes=by_name(pictures(folders.silhouettes, "--silhouettes")) if folders.silhouettes else {},
    )


def score_folders(
    found: Matched,
    supplies: Supplies,
    protocols: Sequence[PictureProtocol],
    *,
    device: torch.device | str = "cpu",
    progress: Progress = lambda done: None,
) -> FolderScores:
    """Score what `open_folders` has found; the sources, too, where every couple has one. `progress` as `steps` counts."""
    scores = score_pictures(found.couples, protocols, supplies, device=device, progress=progress)
    copies = None
    if all(couple.source for couple in found.couples):
        done = len(found.couples) + len(supplies.real)
        as_outputs = [replace(c, output=c.source) for c in found.couples if c.source]
        layouts: dict[Role, Layout | None] = {**supplies.layouts, "outputs": supplies.layouts["targets"]}
        copies = score_pictures(
            as_outputs,
            protocols,
            replace(supplies, layouts=layouts, found={}),
            device=device,
            progress=lambda more: progress(done + more),
        )
    return FolderScores(found, scores, copies, _digest(found.couples))


def steps(found: Matched, supplies: Supplies) -> int:
    """How many pictures `score_folders` looks at, as `progress` hears of them."""
    copied = all(couple.source for couple in found.couples)
    return (len(found.couples) + len(supplies.real)) * (2 if copied else 1)


def _require_sources(found: Matched) -> None:
    without = [couple.output.name for couple in found.couples if couple.source is None]
    if without:
        what = f"{len(without)} of {len(found.couples)} outputs name no source that is there: {without[0]}"
        fix = "call them SOURCE___TARGET, or leave --sources out"
        raise ZooError(what, where="--sources", fix=fix, exit_code=2)


def _skeletons(path: Path | None) -> dict[str, Skeleton]:
    return {} if path is None else {spelt(name): skeleton for name, skeleton in read_annotations(path).items()}


def _digest(couples: Iterable[Couple]) -> str:
    rows = [(couple.name, couple.output, couple.target) for couple in couples]
    with ThreadPoolExecutor() as pool:
        hashes = pool.map(lambda row: f"{row[0]} {file_sha256(row[1])} {file_sha256(row[2])}", rows)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()
