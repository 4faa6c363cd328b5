"""The tracks of photographs, from the command line, on a few made-up photos that lie where --root says."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.conftest import Zoo
from tests.support import SHARED, needs_shared
from zoo.recipes.catalog import catalog
from zoo.recipes.track import load_track

TRACKS = ("photos-128", "photos-128-all", "photos-256", "photos-256-all", "photos-views-128", "photos-views-256")


def laid_out(root: Path) -> Path:
    """Twelve people in the layout of the track, two of them held out by their names."""
    for folder in ("images", "parse10"):
        (root / folder).mkdir(parents=True)
    rows, dice = [], np.random.default_rng(0)
    for n in range(1, 13):
        Image.fromarray(dice.integers(0, 255, (64, 44, 3), np.uint8)).save(root / "images" / f"{n:04d}.jpg")
        Image.fromarray(np.repeat(np.arange(8, dtype=np.uint8), 8)[:, None].repeat(44, 1)).save(
            root / "parse10" / f"{n:04d}.png"
        )
        x, y = dice.integers(2, 42, 18).tolist(), dice.integers(2, 62, 18).tolist()
        rows.append(f"{n:04d}.jpg: {y}: {x}")
    (root / "annotation.csv").write_text("\n".join(rows))
    return root


def test_where_the_photos_lie_is_no_part_of_the_arena(zoo: Zoo, tmp_path: Path) -> None:
    call = ["run", "--recipe", "copy", "--track", "photos-128", "--json"]
    records = [zoo(*call, "--root", laid_out(tmp_path / at), "--out", tmp_path / f"out-{at}").json for at in "ab"]
    assert records[0]["track_digest"] == records[1]["track_digest"] and records[0]["data_digest"] == records[1]["data_digest"]
    assert str(tmp_path) not in str(records[0])
    assert {"limb_lab", "pckh", "ffd"} <= records[0]["scores"].keys() and records[0]["pairs"] == 6


def test_photos_that_are_not_there_are_said_with_the_option_that_mends_it(zoo: Zoo, tmp_path: Path) -> None:
    done = zoo("run", "--recipe", "copy", "--track", "photos-128", "--root", tmp_path / "none")
    assert done.code == 1 and "there is no folder" in done.err and "--root DIR" in done.err


@pytest.mark.parametrize("name", TRACKS)
def test_the_tracks_hold_people_out(name: str) -> None:
    track = load_track(catalog().tracks[name])
    assert track.scale == "photo" and track.dataset.options["test"] != "all"


@needs_shared
def test_the_street_photos_are_split_as_counted() -> None:
    from zoo.interfaces import Context
    from zoo.recipes.options import construct
    from zoo.regions import vocabulary

    track = load_track(catalog().tracks["photos-128"]).at(SHARED / "photos" / "ccp176")
    data = construct(catalog(), "dataset", track.dataset, Context(size=track.size, regions=vocabulary("scm8")))
    pairs = data.pairs("test")
    assert (len(data.groups("train")), len(data.groups("test")), len(pairs)) == (889, 113, 200)
    assert {what: len(names) for what, names in data.left_out.items()} == {
        "a label map": 1095,
        "both shoulders and both hips": 1,
    }
    assert all(source != target for source, target in pairs) and len({source for source, _ in pairs}) == 113


def test_a_recipe_is_shown_on_a_track_whose_photos_are_not_here(
    zoo: Zoo, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = zoo("show", "copy", "--track", "photos-256")
    assert shown.code == 0 and "base.show" in shown.out


@needs_shared
@pytest.mark.parametrize("name", ["photos-demo-128", "photos-demo-256"])
def test_the_demo_pairs_two_people_with_themselves(zoo: Zoo, tmp_path: Path, name: str) -> None:
    at = ["--root", SHARED / "fixtures" / "spt_demo", "--out", tmp_path / "run"]
    record = zoo("run", "--recipe", "copy", "--track", name, *at, "--json").json
    assert record["pairs"] == 4 and {"masked_ssim", "region_lab"} <= record["scores"].keys()
