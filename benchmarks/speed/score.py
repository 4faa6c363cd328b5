"""Pictures per second of `zoo score` beside scikit-image one pair after the other, as the field's scripts call it.

    python benchmarks/speed/score.py --pairs 240

One JSON line per set of protocols: medians of pairs per second and of processor milliseconds a pair, files decoded included on
both sides; scripts are one a protocol, each on one core, and decode for themselves. The ways take turns, so that what else the
machine does strikes both alike. Both say the same numbers, which is checked.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from skimage.io import imread
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from zoo.scoring.pictures.document import PictureProtocol, PsnrRule, Rule, SsimRule, picture_protocol
from zoo.scoring.pictures.folders import Folders, open_folders, score_folders

SETS = (
    ("zoo-256x176",),
    ("cfld-256x176",),
    ("cfld-256x176", "dptn-fashion", "dior-256x176", "pise-psnr-legacy", "zoo-256x176"),
)
SIZE = (256, 176)
Numbers = dict[tuple[str, str], float]  # by protocol and metric
Picture = np.ndarray[Any, np.dtype[np.uint8]]


def draw(folder: Path, pairs: int) -> None:
    """Targets and outputs, 256x176, PNG of 45 to 55 KB as photographs have: a textured figure on a plain ground."""
    draws = np.random.default_rng(0)
    for side in ("outputs", "targets"):
        (folder / side).mkdir()
    for i in range(pairs):
        coarse = Image.fromarray(draws.integers(0, 256, (32, 22, 3), dtype=np.uint8))
        truth = np.asarray(coarse.resize(SIZE[::-1], Image.Resampling.BICUBIC)).copy()
        output = (truth + draws.normal(0, 8, truth.shape)).clip(0, 255).astype(np.uint8)
        for picture in (truth, output):
            picture[:, :40], picture[:, 136:] = 235, 235
        for side, picture in (("targets", truth), ("outputs", output)):
            Image.fromarray(picture).save(folder / side / f"{i:05}.png")


def without_networks(name: str) -> PictureProtocol:
    """The metrics of pixels of a protocol."""
    whole = picture_protocol(name)
    return whole.model_copy(update={"metrics": [rule for rule in whole.metrics if isinstance(rule, SsimRule | PsnrRule)]})


def by_scripts(folder: Path, protocols: Sequence[PictureProtocol]) -> Numbers:
    """A script a protocol: one picture after the other, in double precision, on one core."""
    return {key: value for protocol in protocols for key, value in _script(folder, protocol).items()}


def _script(folder: Path, protocol: PictureProtocol) -> Numbers:
    found: dict[str, list[float]] = {rule.name: [] for rule in protocol.metrics}
    for path in sorted((folder / "outputs").iterdir()):
        output, truth = imread(path), imread(folder / "targets" / path.name)
        for rule in protocol.metrics:
            found[rule.name].append(_number(rule, *(_padded(picture, rule) for picture in (output, truth))))
    return {(protocol.name, name): statistics.fmean(values) for name, values in found.items()}


def _padded(picture: Picture, rule: Rule) -> Picture:
    bands = ((0, 0), (40, 40), (0, 0))
    return np.pad(picture, bands, constant_values=rule.view.pad.level) if rule.view.pad else picture


def _number(rule: Rule, output: Picture, truth: Picture) -> float:
    if isinstance(rule, PsnrRule):
        if rule.domain == "uint8-wrap":
            return float(20 * np.log10(255) - 10 * np.log10(((output - truth) ** 2).mean()))
        return float(peak_signal_noise_ratio(truth / 255.0, output / 255.0, data_range=1))
    assert isinstance(rule, SsimRule)
    gaussian = {"gaussian_weights": True, "sigma": rule.sigma} if rule.sigma else {"win_size": rule.width}
    span = float(output.max()) - float(output.min()) if rule.range == "output" else 255 * rule.range
    sample = rule.covariance == "sample"
    options = {"use_sample_covariance": sample, "channel_axis": 2, "data_range": span, **gaussian}
    return float(structural_similarity(truth.astype(float), output.astype(float), **options))


def by_zoo(folder: Path, protocols: Sequence[PictureProtocol]) -> Numbers:
    """One pass, on every core: all that `zoo score` does but the record."""
    found = score_folders(*open_folders(Folders(outputs=folder / "outputs", targets=folder / "targets")), protocols)
    scores = found.scores.scores
    return {(p.name, rule.name): scores[p.name][rule.name].value or math.nan for p in protocols for rule in p.metrics}


Way = Callable[[Path, Sequence[PictureProtocol]], Numbers]
Taken = tuple[float, float]  # seconds on the clock, seconds of the processor


def timed(way: Way, folder: Path, protocols: Sequence[PictureProtocol]) -> tuple[Taken, Numbers]:
    clock, processor = time.perf_counter(), time.process_time()
    found = way(folder, protocols)
    return (time.perf_counter() - clock, time.process_time() - processor), found


def measure(folder: Path, names: Sequence[str], pairs: int, repeats: int) -> dict[str, float]:
    """Medians of both ways, which must agree to 1e-4."""
    protocols = [without_networks(name) for name in names]
    slow: list[Taken] = []
    fast: list[Taken] = []
    for turn in range(repeats + 1):
        (script, reference), (zoo, found) = (timed(way, folder, protocols) for way in (by_scripts, by_zoo))
        assert all(math.isclose(found[key], reference[key], abs_tol=1e-4) for key in reference), (found, reference)
        if turn:  # the first is for warming up
            slow.append(script)
            fast.append(zoo)
    told: dict[str, float] = {}
    for name, taken in (("scripts", slow), ("zoo", fast)):
        clock, processor = (statistics.median(times) for times in zip(*taken, strict=True))
        told |= {f"{name}, pairs/s": round(pairs / clock, 1), f"{name}, processor ms/pair": round(1000 * processor / pairs, 1)}
    return {**told, "times": round(told["zoo, pairs/s"] / told["scripts, pairs/s"], 1)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=240)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        draw(Path(name), options.pairs)
        for protocols in SETS:
            found = measure(Path(name), protocols, options.pairs, options.repeats)
            print(json.dumps({"protocols": protocols, "pairs": options.pairs, **found}), flush=True)


if __name__ == "__main__":
    main()
