"""DeepFashion and Market-1501 in miniature, from the command line: every recipe gets through, or is refused before torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Zoo
from tests.datasets import miniature as mini
from tests.support import SHARED, needs_shared
from zoo.recipes.catalog import catalog
from zoo.recipes.track import load_track
from zoo.store.registry import registry

TRACKS = {"deepfashion-256": (64, 64), "deepfashion-176": (64, 44), "market-128": (64, 32)}
RECIPES = ("scmnet", "partflow", "spgnet", "spt")
CHECK = """
import sys
from pathlib import Path
from zoo.api.asking import checked
for track, root in {tracks}.items():
    for recipe in {recipes}:
        checked(recipe, track=track, root=Path(root))
print("torch" in sys.modules)
"""


def seg(snap: mini.Snap) -> str:
    return f"seg/fashion{snap.name}.png"


def laid_out(track: str, root: Path, *, maps: bool = True) -> Path:
    """The track's data set in miniature: four photos to train on, two to be scored."""
    root.mkdir()
    if track.startswith("market"):
        mini.market_stored(root, maps=maps)
    elif maps:
        mini.with_maps(root, mini.made_up((*mini.FASHION[3:5], *mini.FASHION[5:])), "cihp20", seg, square=True, photos=True)
    else:
        mini.patn(root, mini.made_up(mini.FASHION))
    return root


def smaller(track: str, folder: Path) -> Path:
    """The track at a size that a test can afford."""
    told = load_track(catalog().tracks[track])
    text = catalog().tracks[track].read_text(encoding="utf-8").replace(f'scale = "{told.scale}"', 'scale = "photo"')
    (folder / f"{track}.toml").write_text(text.replace(f"size = {[*told.size]}", f"size = {[*TRACKS[track]]}"))
    return folder / f"{track}.toml"


def test_every_recipe_works_at_its_papers_size_as_far_as_can_be_told_without_torch(tmp_path: Path) -> None:
    tracks = {track: str(laid_out(track, tmp_path / track)) for track in TRACKS}
    code = CHECK.format(recipes=("copy", "mean", *RECIPES), tracks=tracks)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "False"), done.stderr


@pytest.mark.parametrize("track", ["deepfashion-256", "market-128"])
@pytest.mark.parametrize("recipe", RECIPES)
def test_every_recipe_trains_and_is_scored(zoo: Zoo, recipe: str, track: str, tmp_path: Path) -> None:
    root = laid_out(track, tmp_path / "data")
    tiny = ["--from-scratch", "--steps", 3, "--batch", 2, "--out", tmp_path / "out", "--json"]
    done = zoo("run", "--recipe", recipe, "--track", smaller(track, tmp_path), "--root", root, *tiny)
    assert done.code == 0, done.err
    assert done.json["pairs"] == (4 if track == "market-128" else 2) and "masked_ssim" in done.json["scores"]


@pytest.mark.parametrize("track", TRACKS)
def test_what_cannot_work_is_refused_at_once_with_all_reasons(zoo: Zoo, track: str, tmp_path: Path) -> None:
    root = laid_out(track, tmp_path / "data", maps=False)
    done = zoo("run", "--recipe", "spgnet", "--track", track, "--root", root, "--set", "losses.motion=spgnet.motion")
    assert done.code == 2 and "true.flow" in done.err and "source.parsing" in done.err
    assert f"zoo annotate {root} makes them" in done.err
    assert zoo("data", "check", track, "--root", root).code == 0  # it is a data set all the same


def test_label_maps_of_words_that_a_recipe_cannot_read_are_refused(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    mini.with_maps(tmp_path / "data", mini.made_up(mini.FASHION), "pise8", lambda s: f"{mini.split_of(s)}SPL8/{s.name}.png")
    track = smaller("deepfashion-256", tmp_path)
    track.write_text(track.read_text().replace('vocabulary = "cihp20"', ""))
    done = zoo("run", "--recipe", "spt", "--track", track, "--root", tmp_path / "data")
    assert done.code == 2 and "no remap from pise8 to spt10" in done.err


@pytest.mark.parametrize("name", TRACKS)
def test_the_tracks_quote_papers_and_name_their_words(name: str) -> None:
    track = load_track(catalog().tracks[name])
    assert track.quotes in {row.dataset for row in registry().published}
    assert track.dataset.options["vocabulary"] == "cihp20" and track.scale in ("paper", "market")


@needs_shared
def test_the_fixtures_photos_make_a_miniature_that_runs(zoo: Zoo, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    mini.with_maps(tmp_path / "data", mini.photographed(SHARED / "fixtures"), "cihp20", seg, square=True, photos=True)
    told = zoo("data", "check", "deepfashion-256", "--root", tmp_path / "data", "--json").json
    assert told["splits"] == {"train": {"people": 2, "images": 4, "pairs": 4}, "test": {"people": 1, "images": 2, "pairs": 2}}
    track, out = smaller("deepfashion-256", tmp_path), tmp_path / "out"
    tiny = ["--from-scratch", "--steps", 2, "--batch", 2, "--out", out]
    done = zoo("run", "--recipe", "scmnet", "--track", track, "--root", tmp_path / "data", *tiny)
    assert done.code == 0, done.err
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "DeepFashion" in page and "Market-1501" not in page  # what the papers report on this data set, and no other
