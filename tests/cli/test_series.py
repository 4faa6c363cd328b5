"""Commands on many photos or poses, made-up ones whose joints lie beside them."""

import json
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from tests.annotation.nets import Halves, Seer, somebody
from tests.cli.conftest import Zoo
from zoo.annotation.nets import Annotator
from zoo.api import loading
from zoo.cli import series
from zoo.cli.series import Made, Several, found, in_time
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.photos import photo_size
from zoo.photos.video import unpacked, write_video
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.regions import vocabulary
from zoo.store.weights import save_weights

SIZE = (96, 64)


def pose(shift: float) -> str:
    people = [{"pose_keypoints_2d": [v for i in range(18) for v in (32.0 + (i % 4) * shift, 4.0 * i + 8, 1.0)]}]
    return json.dumps({"people": people})


@pytest.fixture
def call(track: Path) -> list[object]:
    """Somebody to be put into poses: a photo, joints, labels; and a folder of poses, one of which nobody can read."""
    Image.new("RGB", SIZE[::-1], (200, 60, 60)).save("me.png")
    Path("me.json").write_text(pose(1.0))
    np.save("me.npy", np.repeat(np.array([0, 2, 4, 5, 1, 7]), SIZE[0] // 6)[:, None].repeat(SIZE[1], 1))
    Path("poses").mkdir()
    for number in (1, 2, 10):
        Path(f"poses/{number}.json").write_text(pose(number / 2))
    Path("poses/3.json").write_text("{")
    person = ["--source", "me.png", "--source-joints", "me.json", "--source-parsing", "me.npy", "--regions", "scm8"]
    return ["transfer", "--recipe", "copy", "--variant", "puppet", "--track", track, *person, "--target-joints", "poses"]


def test_a_folder_of_poses_makes_a_folder_of_pictures(zoo: Zoo, call: list[object]) -> None:
    done = zoo(*call, "--out", "out", "--strip", "sheet.png")
    assert done.code == 0 and done.out == "out\nsheet.png\n", done.err
    assert "left out: 3.json" in done.err
    assert sorted(p.name for p in Path("out").glob("*.png")) == ["1.png", "10.png", "2.png"]
    assert photo_size(Path("out/10.png")) == SIZE
    assert Path("out/1.png").read_bytes() != Path("out/10.png").read_bytes()


def test_the_same_call_goes_on_and_another_one_is_refused(
    zoo: Zoo, call: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zoo(*call, "--out", "out").code == 0
    first = {p: p.read_bytes() for p in Path("out").glob("*.png")}
    Path("out/2.png").unlink()
    Path("out/1.png").write_bytes(b"kept")
    monkeypatch.setattr(series, "BATCH", 1)  # nor does it matter how many are made at once
    assert zoo(*call, "--out", "out").code == 0
    assert Path("out/1.png").read_bytes() == b"kept", "what is there is not made again"
    assert Path("out/2.png").read_bytes() == first[Path("out/2.png")]
    Image.new("RGB", SIZE[::-1], (60, 60, 200)).save("me.png")
    other = zoo(*call, "--out", "out")
    assert other.code == 2 and "holds something else" in other.err
    assert zoo(*call, "--out", "out", "--force").code == 0 and Path("out/1.png").read_bytes() != b"kept"


def test_what_is_for_one_pose_is_refused_for_many(zoo: Zoo, call: list[object]) -> None:
    for option in (["--explain", "why"], ["--build", "target"], ["--target", "me.png"]):
        done = zoo(*call, *option, "--out", "out")
        assert done.code == 2 and "is for one pose" in done.err and not Path("out").exists()
    Path("empty").mkdir()
    none = zoo(*call[:-1], "empty", "--out", "out")
    assert none.code == 2 and "there is no pose in empty" in none.err


def test_pictures_that_cannot_be_written_so_are_refused_before_the_work(zoo: Zoo, call: list[object]) -> None:
    one = zoo(*call[:-1], "poses/1.json", "--out", "out.gif")
    assert one.code == 2 and "cannot tell the format of out.gif" in one.err and "--out" in one.err
    many = zoo(*call, "--out", "out.png")
    assert many.code == 2 and "out.png is the name of one picture, and poses holds several" in many.err
    sheet = zoo(*call, "--out", "out", "--strip", "sheet")
    assert sheet.code == 2 and "cannot tell the format of sheet" in sheet.err and "--strip" in sheet.err
    assert not Path("out").exists() and not Path("out.png").exists()


def test_two_poses_of_one_name_are_two_pictures() -> None:
    files = series.files_of(["a/1.jpg", "a/1.png", "b/1.jpg", "2.webp"])
    assert files == {"a/1.jpg": "a/1.jpg.png", "a/1.png": "a/1.png.png", "b/1.jpg": "b/1.png", "2.webp": "2.png"}


def test_more_photos_of_the_person_serve_every_pose(zoo: Zoo, track: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    detecting = Seer([somebody(60.0)])
    monkeypatch.setattr(Annotator, "detecting", detecting)
    for name, colour in (("me", 40), ("again", 220), ("third", 130)):
        Image.new("RGB", SIZE[::-1], (colour, 60, 60)).save(f"{name}.png")
    Path("poses").mkdir()
    for number in (1, 2):
        Path(f"poses/{number}.json").write_text(pose(number * 4))
    plain = ["transfer", "--recipe", "copy", "--track", track, "--source", "me.png"]
    reading = ["--set", "sources=3", "--set", 'merge.wear=["base.several"]']
    album = ["--others", "again.png", "--others", "third.png"]
    done = zoo(*plain, *reading, *album, "--target-joints", "poses", "--out", "out")
    assert done.code == 0 and detecting.pictures == 3, "each photo is looked at once for all poses"
    for number in (1, 2):
        assert zoo(*plain, *reading, *album, "--target-joints", f"poses/{number}.json", "--out", f"{number}.png").code == 0
        assert difference(Path(f"{number}.png"), Path(f"out/{number}.png")) <= 1, "as it is made by itself"
    with Image.open("out/1.png") as made:
        assert 100 < made.getpixel((30, 40))[0] < 160, "all three photos are in it"  # type: ignore[index]
    other = zoo(*plain, *reading, *album[:2], "--target-joints", "poses", "--out", "out")
    assert other.code == 2 and "holds something else" in other.err, "of two photos it is another call"
    one = zoo(*plain, *album, "--target-joints", "poses", "--out", "none")
    assert one.code == 2 and "reads one photo of a person, and 3 are given" in one.err and "left out" not in one.err


@pytest.fixture
def changes(track: Path) -> list[object]:
    """Photos whose trousers become a skirt by weights nobody has trained; one is broken, one shows no trousers."""
    recipe = load_recipe(catalog().recipes["spt"], size="small")
    torch.manual_seed(0)
    model = build_model(recipe, Context(size=(64, 64), regions=vocabulary(recipe.regions)), recipe.regions, catalog())
    save_weights(model.state_dict(), Path("spt.safetensors"), {"architecture": recipe.architecture()})
    Path("photos/b").mkdir(parents=True)
    for number, name in enumerate(("1", "2", "10", "b/3", "bare")):
        dress(Path(f"photos/{name}.png"), (60 + 15 * number, 60, 60), bare=name == "bare")
    Path("photos/broken.jpg").write_bytes(b"no photo")
    return ["edit", "--recipe", "spt", "--track", track, "--weights", "spt.safetensors", "--source", "photos"]


def dress(path: Path, colour: tuple[int, int, int], *, bare: bool = False) -> None:
    """A photo that the stand-ins for nets know: its blue says whether somebody wears trousers."""
    Image.new("RGB", SIZE[::-1], (*colour[:2], 0 if bare else 200)).save(path)


def test_a_folder_of_photos_is_edited_and_what_cannot_be_is_listed(
    zoo: Zoo, changes: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Annotator, "detecting", Seer([somebody(60.0)]))
    monkeypatch.setattr(Annotator, "parsing", Trousers())
    loaded = counted(monkeypatch)
    skirt = [*changes, "--relabel", "pants=skirt", "--out", "out"]
    done = zoo(*skirt, "--strip", "sheet.png")
    assert done.code == 0 and done.out == "out\nsheet.png\n", done.err
    assert done.err.count("never saw a photo") == 1, "what holds of every picture is said once"
    assert "left out: broken.jpg: broken.jpg is not a readable image" in done.err
    assert "left out: bare.png: --relabel pants=skirt: there is no pants" in done.err
    made = {path: path.read_bytes() for path in Path("out").rglob("*.png")}
    assert sorted(str(path) for path in made) == ["out/1.png", "out/10.png", "out/2.png", "out/b/3.png"]
    assert len(set(made.values())) == 4 and photo_size(Path("out/1.png")) == SIZE and loaded == [1]

    alone = zoo(*changes[:-1], "photos/2.png", "--relabel", "pants=skirt", "--out", "alone.png")
    assert alone.code == 0 and difference(Path("alone.png"), Path("out/2.png")) <= 1, "as it is made by itself"
    Path("out/2.png").unlink()
    Path("out/1.png").write_bytes(b"kept")
    assert zoo(*skirt).code == 0 and Path("out/1.png").read_bytes() == b"kept" and Path("out/2.png").is_file()
    other = zoo(*changes, "--relabel", "upper=skirt", "--out", "out")
    assert other.code == 2 and "holds something else than this edit" in other.err


def test_a_reference_lends_to_all_of_a_folder(zoo: Zoo, changes: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Annotator, "detecting", Seer([somebody(60.0)]))
    monkeypatch.setattr(Annotator, "parsing", Trousers())
    dress(Path("other.png"), (10, 200, 30))
    worn = ["--reference", "other.png", "--swap", "upper"]
    done = zoo(*changes, *worn, "--out", "out")
    assert done.code == 0 and len([*Path("out").rglob("*.png")]) == 5, done.err
    alone = zoo(*changes[:-1], "photos/10.png", *worn, "--out", "alone.png")
    assert alone.code == 0 and difference(Path("alone.png"), Path("out/10.png")) <= 1
    absent = zoo(*changes, *worn[:-1], "hair", "--out", "none")
    assert absent.code == 1 and "error: the reference shows no 'hair'" in absent.err and "left out" not in absent.err
    for wrong in (["--swap", "uper", *worn[:2]], ["--relabel", "pantz=skirt"], ["--fill", "skirts"]):
        told = zoo(*changes, *wrong, "--out", "none")
        assert told.code == 2 and "did you mean" in told.err and "left out" not in told.err


def test_what_is_for_one_photo_is_refused_for_many(zoo: Zoo, changes: list[object]) -> None:
    for option in ("--source-parsing", "--target-parsing"):
        done = zoo(*changes, "--relabel", "pants=skirt", option, "a.png", "--regions", "spt10", "--out", "out")
        assert done.code == 2 and f"{option} is for one photo" in done.err
    Path("empty").mkdir()
    Path("empty/1.json").write_text(pose(1.0))
    none = zoo(*changes[:-1], "empty", "--relabel", "pants=skirt", "--out", "out")
    assert none.code == 2 and "there is no photo in empty" in none.err


def test_a_video_is_edited_into_a_video(zoo: Zoo, changes: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("av")
    monkeypatch.setattr(Annotator, "detecting", Seer([somebody(60.0)]))
    monkeypatch.setattr(Annotator, "parsing", Trousers())
    write_video(Path("in.mp4"), [Path(f"photos/{name}.png") for name in ("1", "2", "10")], Fraction(5))
    done = zoo(*changes[:-1], "in.mp4", "--relabel", "pants=skirt", "--out", "out.mp4")
    assert done.code == 0 and done.out == "out.mp4\n", done.err
    names, rate = unpacked(Path("out.mp4"), Path("frames"))
    assert len(names) == 3 and rate == 5


class Trousers(Halves):
    """Sees a coat above, and pants below if the photo is blue."""

    def forward(self, image: Tensor, joints: Tensor, visible: Tensor) -> Tensor:
        logits = super().forward(image, joints, visible)
        bare = image[:, 2, 0, 0] < 0
        logits[bare, vocabulary(self.vocabulary).index("pants")] = 0
        return logits


def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a model was built."""
    count, build = [0], loading.pipeline

    def building(*given: object, **more: object) -> object:
        count[0] += 1
        return build(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "pipeline", building)
    return count


def difference(one: Path, other: Path) -> int:
    """The largest difference of two pictures, of 255."""
    with Image.open(one) as first, Image.open(other) as second:
        return int(np.abs(np.asarray(first).astype(int) - np.asarray(second).astype(int)).max())


def test_frames_are_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("f10.jpg", "f9.jpg", ".f1.jpg", "g1.JPG"):
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    assert found(tmp_path, tmp_path).names == ("f9.jpg", "f10.jpg", "g1.JPG")


def test_a_video_stands_still_where_nobody_was_found() -> None:
    poses = Several(Path(), ("1", "2", "3"))
    made = Made({"2": Path("2.png")}, {"1": "nobody", "3": "nobody"})
    assert in_time(poses, made) == [Path("2.png")] * 3


def test_without_pyav_a_video_is_refused_with_the_mend(zoo: Zoo, call: list[object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "av", None)
    done = zoo(*call, "--out", "out.mp4")
    assert done.code == 2 and "posezoo[video]" in done.err and not Path("out.mp4").exists()


def test_a_video_comes_back_in_its_order_and_pace(zoo: Zoo, call: list[object], tmp_path: Path) -> None:
    pytest.importorskip("av")
    done = zoo(*call, "--out", "out.mp4")
    assert done.code == 0 and "stands still" in done.err, done.err
    names, rate = unpacked(Path("out.mp4"), tmp_path / "frames")
    assert names == [f"{n:06d}.jpg" for n in (1, 2, 3, 4)] and rate == series.RATE
    tones = (20, 120, 220)
    for number, tone in enumerate(tones):
        Image.new("RGB", (33, 48), (tone,) * 3).save(f"{number}.png")  # an odd side is cut
    for kind in ("mp4", "webm", "mkv"):
        path = Path(f"tones.{kind}")
        write_video(path, [Path(f"{n}.png") for n in range(3)], Fraction(5))
        names, rate = unpacked(path, tmp_path / kind)
        seen = [np.asarray(Image.open(tmp_path / kind / name)) for name in names]
        assert rate == 5 and seen[0].shape == (48, 32, 3)
        assert all(abs(float(picture.mean()) - tone) < 8 for picture, tone in zip(seen, tones, strict=True))


def test_what_is_no_video_is_said_to_be_none(tmp_path: Path) -> None:
    pytest.importorskip("av")
    (tmp_path / "no.mp4").write_bytes(b"no video at all")
    with pytest.raises(ZooError, match="cannot be read as a video"):
        unpacked(tmp_path / "no.mp4", tmp_path)
