"""How fast photos come from disk, against the training step that they feed.

    python benchmarks/speed/data.py --root photos/ccp176 --track photos-128 photos-256

One JSON line per track: images/s decoded by so many threads or processes, of the first epoch (from jpg), of later ones (from
memory, from shards), and of a training step; the share of the time that training stands still for data. Medians of rounds in
which the ways take turns, so that what else the machine does strikes all of them alike.
"""

import argparse
import json
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import numpy as np
import torch

from zoo.model import Kit, build, build_losses
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.store.folder import LOG
from zoo.training.loop import train
from zoo.training.plan import Plan
from zoo_datasets.collection import Collection

RECIPE = "scmnet"
decoding: Collection  # what worker processes inherit


def decode(indices: Sequence[int]) -> np.ndarray:
    """Photos and labels (N,4,H,W), as a worker process would send them."""
    photos = (torch.cat([photo, labels[None]]) for photo, labels in map(decoding._decode, indices))
    return torch.stack([*photos]).numpy()


def batches(indices: Sequence[int], size: int) -> list[Sequence[int]]:
    return [indices[n : n + size] for n in range(0, len(indices), size)]


def drain(things: Iterable[object]) -> None:
    for _ in things:
        pass


def threaded(pool: ThreadPoolExecutor, data: Collection, indices: Sequence[int]) -> None:
    drain(pool.map(data._decode, indices))


def rate(count: int, work: Callable[[], object]) -> float:
    """Images/s of one round of `count` images."""
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def loaded(data: Collection, indices: Sequence[int], batch: int) -> None:
    for some in batches(indices, batch):
        data.load("train", torch.tensor(some), torch.tensor(some))


class Data:
    """The track's photos, opened anew for whatever must not be warm."""

    def __init__(self, track_name: str, root: Path, shards: Path) -> None:
        self.recipe, self.track = resolve(Request(RECIPE, track=track_name, root=root), catalog())
        options = {**self.track.dataset.options, "shards": str(shards)}
        dataset = self.track.dataset.model_copy(update={"options": options})
        self.track = self.track.model_copy(update={"dataset": dataset})

    def kit(self) -> Kit:
        return build(self.recipe, self.track, catalog())

    def open(self) -> Collection:
        data = self.kit().data
        assert isinstance(data, Collection), "the script knows photographs on disk"
        return data

    def training(self, steps: int) -> dict[str, float]:
        """Images/s and the share of waiting of a few steps of training, the first one left out."""
        kit = self.kit()
        with tempfile.TemporaryDirectory() as folder:
            plan = Plan(Path(folder), steps, self.track.budget.batch)
            train(self.recipe, kit, build_losses(self.recipe, kit, catalog()), plan, catalog())
            first, *_, last = map(json.loads, (Path(folder) / LOG).read_text().splitlines())
        images = (last["step"] - first["step"]) * self.track.budget.batch
        return {"training": images / (last["seconds"] - first["seconds"]), "waiting": last["wait"]}


def measure(data: Data, photos: int, rounds: int, steps: int) -> dict[str, float]:
    """Images/s by way, `waiting` a share."""
    global decoding
    cold, batch = data.open(), data.track.budget.batch
    decoding = cold
    images = [i for group in cold.groups("train") for i in group][:photos]
    workers = ProcessPoolExecutor(2, get_context("fork"), initializer=torch.set_num_threads, initargs=(1,))
    drain(workers.map(decode, batches(images[: 2 * batch], batch)))  # forked before there are threads
    ways: dict[str, Callable[[], object]] = {
        "decoded by 2 processes": lambda: drain(workers.map(decode, batches(images, batch)))
    }
    for pool in [ThreadPoolExecutor(n) for n in (1, 2, 4)]:
        ways[f"decoded by {pool._max_workers} threads"] = partial(threaded, pool, cold, images)
    fresh = [data.open() for _ in range(rounds + 1)]  # opened outside of what is timed
    warm = data.open()
    loaded(warm, images, batch)
    ways["first epoch, from jpg"] = lambda: loaded(fresh.pop(), images, batch)
    ways["later epochs, from memory"] = lambda: loaded(warm, images, batch)
    trained = {f"{name}, from jpg": value for name, value in data.training(steps).items()}
    cold.prepare()
    stored = [data.open() for _ in range(rounds + 1)]
    known = data.open()
    loaded(known, images, batch)
    ways["first epoch, from shards"] = lambda: loaded(stored.pop(), images, batch)
    ways["later epochs, from shards"] = lambda: loaded(known, images, batch)
    trained |= {f"{name}, from shards": value for name, value in data.training(steps).items()}
    found = [{name: rate(len(images), work) for name, work in ways.items()} for _ in range(rounds + 1)][1:]
    return {name: statistics.median(one[name] for one in found) for name in ways} | trained


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", type=Path, required=True)
    parser.add_argument("--track", nargs="+", default=["photos-128", "photos-256"])
    for name, default in (("photos", 256), ("rounds", 7), ("steps", 5), ("threads", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    machine = {"processor": platform.processor() or platform.machine(), "cores": cpu_count(), "threads": options.threads}
    for track in options.track:
        with tempfile.TemporaryDirectory() as shards:
            found = measure(Data(track, options.root, Path(shards)), options.photos, options.rounds, options.steps)
        rounded = {name: round(value, 3 if name.startswith("waiting") else 1) for name, value in found.items()}
        print(json.dumps({"track": track, **machine, **rounded}), flush=True)


if __name__ == "__main__":
    main()
