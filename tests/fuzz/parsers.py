"""Everything that reads what others wrote, with inputs that are nearly right, and the law that holds for all of it."""

import io
import json
import pickle
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from tests.fuzz.mutations import damaged, strange_documents, strange_lines
from tests.photos.files import POINTS
from tests.photos.spellings import DOCUMENTS, FILES
from zoo.api.standings import board_text
from zoo.documents.files import assets
from zoo.errors import ZooError
from zoo.photos import open_photo, read_annotations, read_joints, read_parsing
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, sizes_of, variants_of
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.report import render_page
from zoo.results.files import read_record
from zoo.results.pairs import PairScores, parse_pairs
from zoo.results.ranking import standings
from zoo.results.sealed import content_digest
from zoo.scoring.pictures.document import read_protocol
from zoo.scoring.pictures.naming import read_pairs
from zoo.scoring.pictures.shelf import shipped
from zoo.store.checkpoint import Checkpoint, grouped
from zoo.store.registry import read_registry
from zoo.store.weights import claim, load_weights
from zoo_datasets.annotations import read_pickled
from zoo_datasets.lists import pairs_of

SECONDS = 10.0  # that one input may take on a busy machine; they take milliseconds
MEMORY = 2 << 30  # bytes that one input may ask for
SCM8 = vocabulary("scm8")
PAIRS = b'from,to\na.jpg,b.jpg\n"a,1.jpg",c.jpg\n'
RUN = {"track": "t", "seed": 0}  # the identity of a checkpoint


@dataclass
class Parser:
    """One reader, its inputs, and what came of them."""

    name: str
    file: str  # what an input is called
    inputs: st.SearchStrategy[bytes]
    read: Callable[[Path], object]
    beside: tuple[str, bytes] | None = None  # a file that belongs to it
    counts: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0

    def obeys(self, content: bytes, folder: Path) -> None:
        """Any input gives a result or a ZooError, soon, in bounded memory, and leaves nothing behind."""
        path = folder / self.file
        path.write_bytes(content)
        if self.beside:
            (folder / self.beside[0]).write_bytes(self.beside[1])
        before, began = sorted(folder.iterdir()), time.perf_counter()
        self.counts["inputs"] += 1
        try:
            with bounded_memory():
                self.read(path)
            self.counts["results"] += 1
        except ZooError as error:
            assert str(error).isprintable() or all(line.isprintable() for line in str(error).split("\n"))
            assert len(str(error)) < 10_000, "an error is read by people"
            self.counts["refused"] += 1
        taken = time.perf_counter() - began
        self.slowest = max(self.slowest, taken)
        assert taken < SECONDS, f"{taken:.1f} s"
        assert sorted(folder.iterdir()) == before and path.read_bytes() == content


@contextmanager
def bounded_memory() -> Iterator[None]:
    """Inside, asking for more than `MEMORY` is a MemoryError. Linux only."""
    status = Path("/proc/self/statm")
    if not status.exists():
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    used = int(status.read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def recipe(path: Path) -> None:
    """Every size and variant of a recipe file."""
    for variant in variants_of(path):
        for size in ["", *sizes_of(path)]:
            one = load_recipe(path, size=size, variant=variant)
            assert len(one.digest()) == len(one.architecture()) == 64 and list(one.named_parts())


def change(path: Path) -> None:
    """What stands behind --set."""
    shipped = catalog().recipes["mean"]
    load_recipe(shipped, changes=path.read_bytes().decode(errors="surrogateescape").split("\n")).digest()


def record(path: Path) -> None:
    """A record, as far as the board and the page."""
    one = read_record(path)
    found = standings([one], {})
    board_text(found)
    render_page(found).encode()


def pair_scores(path: Path) -> None:
    """The scores of a run's pairs, with weights that make means of them."""
    found = parse_pairs(path.read_bytes(), path)
    assert all(np.isfinite(found.weight(name)).all() for name in found.scores)


def skeleton(path: Path) -> None:
    """One person's joints, with and without a frame."""
    for frame in (None, (64, 64)):
        joints, visible = read_joints(path, "a.jpg", frame, notice=str)
        assert joints.shape == (18, 2) and visible.any() and joints.isfinite().all()


def parsing(path: Path) -> None:
    """A label map as regions."""
    assert torch.equal(read_parsing(path, SCM8).sum(0), torch.ones(6, 4))


def weights(path: Path) -> None:
    """Weights for a small model, and what they claim."""
    model = torch.nn.Linear(3, 2)
    load_weights(model, path, architecture="a")
    claim({"seed": "0", "steps": "1", "images_seen": "2"}, path)


def checkpoint(path: Path) -> None:
    """A checkpoint of a run of three steps of a small model, and its tensors in their places."""
    model = torch.nn.Linear(3, 2)
    Checkpoint.load(path, RUN, steps=3).restore(grouped({"model": model.state_dict()}), path)


@st.composite
def sealed_checkpoints(draw: st.DrawFn) -> bytes:
    """Checkpoints whose seal holds, of runs that are nearly this one."""
    names = st.sampled_from(("model/weight", "model/bias", "model/", "weight", "", "x" * 5000, "\x1b[2J"))
    shapes = st.sampled_from(((2, 3), (2,), (), (0,), (2, 3, 1), (6,)))
    dtypes = st.sampled_from((torch.float32, torch.float16, torch.int64, torch.bool))
    tensors = {"model/weight": torch.zeros(2, 3), "model/bias": torch.zeros(2)}
    for _ in range(draw(st.integers(0, 2))):
        tensors[draw(names)] = torch.ones(draw(shapes), dtype=draw(dtypes))
    if draw(st.booleans()):
        tensors.pop(draw(st.sampled_from(sorted(tensors))))
    step = draw(st.sampled_from((1, 3, 3, 4, 0, -1, 2**53, 2**70)))
    identity = draw(st.sampled_from((RUN, RUN, {}, {"track": 1}, {"track": "x" * 5000}, {**RUN, "\x1b[2J": "\n"})))
    about = {"step": step, "identity": identity, "sha256": Checkpoint(tensors, step, identity)._sha256()}
    return save(tensors, {"zoo": json.dumps(about)})


def toml_seeds(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def image_seeds(mode: str, *formats: str) -> list[bytes]:
    pixels = np.arange(24).reshape(6, 4) % 8
    seeds = []
    for name in formats:
        buffer = io.BytesIO()
        Image.fromarray(pixels.astype(np.uint8)).convert(mode).save(buffer, name)
        seeds.append(buffer.getvalue())
    return seeds


def label_arrays() -> list[bytes]:
    seeds = []
    for dtype in (np.uint8, np.int64):
        buffer = io.BytesIO()
        np.save(buffer, (np.arange(24).reshape(6, 4) % 8).astype(dtype))
        seeds.append(buffer.getvalue())
    return seeds


def parsers() -> list[Parser]:
    """All of them."""
    recipes = toml_seeds([path for owners in catalog().recipes.items.values() for _, path in owners])
    tracks = toml_seeds(sorted((assets() / "benchmarks" / "tracks").glob("*.toml")))
    protocols = toml_seeds([*shipped().values()][::4])
    entries = toml_seeds([assets() / "registry.toml"])
    records = [json.loads(p.read_text()) for p in sorted((assets() / "benchmarks" / "results").glob("*.json"))[::10]]
    scored = [PairScores.of(["a", "b"], [0, 1], {"ssim": [0.5, np.nan], "pckh": [0.1, 0.9]}, {"pckh": [1, 2]}).encoded()]
    documents = [*DOCUMENTS.values()]
    rows = [content for name, (file, content) in FILES.items() if file == "a.csv" and "csv" in name]
    tables = [content for name, (_, content) in FILES.items() if name in ("NTED txt", "table with confidence")]
    arrays = [content for file, content in FILES.values() if file == "a.npy"]
    candidates = ["\n".join(f"{x} {y} 0.9 {i}" for i, (x, y) in enumerate(POINTS)).encode()]
    points, subset = ("a_candidate.txt", candidates[0]), ("a_subset.txt", " ".join(map(str, [*range(17), -1, 9, 9])).encode())
    changes = [b"merge=base.adain", b"losses.rec.weight=0.5", b"phases.main.lr=1e-3\nstyle.width=8", b"phases=[]"]
    pickles = [
        pickle.dumps({"a": [list(point) for point in POINTS], "b": np.array(POINTS)}, protocol) for protocol in (0, 2, 4)
    ]
    pairs, splits = [b'from,to\na.jpg,b.jpg\n"c, d.jpg",a.jpg\n'], [{"train": [["a", "b"]], "test": [["c", "d"], ["d", "c"]]}]
    linear = torch.nn.Linear(3, 2).state_dict()
    tensors = [save({k: v.half() for k, v in linear.items()}, {"architecture": "a"})]
    return [
        Parser("recipe", "a.toml", strange_lines(recipes, b"=") | damaged(recipes), recipe),
        Parser("--set", "a.txt", strange_lines(changes, b"=") | damaged(changes), change),
        Parser("track", "a.toml", strange_lines(tracks, b"=") | damaged(tracks), lambda p: load_track(p).digest()),
        Parser("registry", "a.toml", strange_lines(entries, b"=") | damaged(entries), read_registry),
        Parser("record", "a.json", strange_documents(records, _with_id) | damaged(_json(records)), record),
        Parser("protocol", "a.toml", strange_lines(protocols, b"=") | damaged(protocols), lambda p: read_protocol(p).digest()),
        Parser("pairs", "a.csv", strange_lines([PAIRS], b",") | damaged([PAIRS]), read_pairs),
        Parser("pair scores", "a.pairs.npz", damaged(scored), pair_scores),
        Parser("joints", "a.json", strange_documents(documents) | damaged(_json(documents)), skeleton),
        Parser("table of joints", "a.txt", strange_lines(tables, b" ") | damaged(tables), skeleton),
        Parser("array of joints", "a.npy", damaged(arrays), skeleton),
        Parser("annotation rows", "a.csv", strange_lines(rows, b":") | damaged(rows), read_annotations),
        Parser("candidates", "a_candidate.txt", strange_lines(candidates, b" ") | damaged(candidates), skeleton, subset),
        Parser("subsets", "a_subset.txt", strange_lines([subset[1]], b" ") | damaged([subset[1]]), _of_subset, points),
        Parser("pickle of joints", "a.pkl", damaged(pickles), lambda path: [*read_pickled(path)]),
        Parser("pairs", "a.csv", strange_lines(pairs, b",") | damaged(pairs), pairs_of),
        Parser("split of pairs", "a.json", strange_documents(splits) | damaged(_json(splits)), pairs_of),
        Parser("label png", "a.png", damaged(image_seeds("L", "PNG", "BMP") + image_seeds("P", "PNG")), parsing),
        Parser("label npy", "a.npy", damaged(label_arrays()), parsing),
        Parser("photo", "a.jpg", damaged(image_seeds("RGB", "PNG", "JPEG", "WEBP", "BMP")), open_photo),
        Parser("weights", "a.safetensors", damaged(tensors), weights),
        Parser("checkpoint", "a.safetensors", sealed_checkpoints() | damaged(tensors), checkpoint),
    ]


def _with_id(document: Any) -> Any:
    """The record with the id that its content asks for, where it has any."""
    try:
        return {**document, "id": content_digest(document)}
    except (TypeError, ValueError, AttributeError, RecursionError):
        return document


def _json(documents: list[Any]) -> list[bytes]:
    return [json.dumps(document, indent=1).encode() for document in documents]


def _of_subset(path: Path) -> None:
    skeleton(path.with_name("a_candidate.txt"))
