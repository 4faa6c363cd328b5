"""`zoo annotate`, and what `zoo transfer` and `zoo edit` see for themselves."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.annotation.nets import somebody, stage
from tests.cli.conftest import Zoo
from tests.support import SHARED, needs_shared
from zoo.annotation.filling import Filler
from zoo.errors import ZooError
from zoo.photos import read_joints
from zoo.photos.subject import subject
from zoo.regions import vocabulary


@needs_shared
def test_a_photo_alone_is_annotated_beside_itself_and_said(zoo: Zoo, tmp_path: Path) -> None:
    shutil.copy(SHARED / "fixtures/coco_person_ccby/000000000785.jpg", tmp_path / "skier.jpg")
    done = zoo("annotate", tmp_path / "skier.jpg", "--device", "cpu", "--sheet", tmp_path / "sheet.png")
    assert done.code == 0 and "18 of 18 joints" in done.out, done.err
    assert (tmp_path / "joints/skier_keypoints.json").exists() and (tmp_path / "regions/skier.png").exists()
    assert (tmp_path / "sheet.png").exists() and not (tmp_path / "track.toml").exists()


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (["--detector", "photos.detecter"], "did you mean 'photos.detector'?"),
        (["--parser", "photos.detector"], "is a detector, not a parser"),
        (["--detector", "figures.detector"], "finds nobody in photographs"),
    ],
)
def test_a_net_that_cannot_serve_is_refused(zoo: Zoo, tmp_path: Path, extra: list[str], complaint: str) -> None:
    Image.new("RGB", (40, 60)).save(tmp_path / "a.jpg")
    done = zoo("annotate", tmp_path / "a.jpg", *extra)
    assert done.code != 0 and complaint in done.err


def test_what_is_not_there_is_said(zoo: Zoo, tmp_path: Path) -> None:
    assert "there is no" in zoo("annotate", tmp_path / "none").err
    assert "there is no photo in" in zoo("annotate", tmp_path).err


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch, track: Path) -> list[object]:
    """Options of a transfer without joints and labels, where nets see somebody everywhere."""
    nets = stage(somebody(40.0), somebody(20.0))
    monkeypatch.setattr("zoo.annotation.nets.Annotator", lambda *given: nets)
    for name, colour in (("me.png", "red"), ("them.png", "blue")):
        Image.new("RGB", (48, 64), colour).save(name)
    return ["transfer", "--track", track, "--source", "me.png", "--target", "them.png", "--out", "out.png"]


def test_what_photos_lack_is_seen_and_said(zoo: Zoo, seen: list[object]) -> None:
    done = zoo(*seen, "--recipe", "copy")
    assert done.code == 0 and done.out == "out.png\n", done.err
    assert "me.png: 18 of 18 joints, 0.80 sure; person 1 of 2, seen by seer" in done.err
    assert "them.png: 18 of 18" in done.err and "regions" not in done.err, "copy looks at no regions"
    assert sorted(p.name for p in Path().iterdir() if p.is_dir()) == [], "nothing is kept unasked"


def test_what_was_seen_is_kept_on_demand_and_asked_for_by_the_recipe(zoo: Zoo, seen: list[object]) -> None:
    shipped = [option if option != seen[2] else "figures-64" for option in seen]
    done = zoo(*shipped, "--recipe", "scmnet", "--keep", "kept", "--source-person", 2)
    assert "regions" in done.err and "person 2 of 2" in done.err, done.err
    joints, _ = read_joints(Path("kept/source/joints/me_keypoints.json"))
    assert joints.max() == 20 and Path("kept/source/regions/me.png").exists()
    assert not Path("kept/target/regions").exists()


def test_labels_are_brought_to_the_words_of_those_that_are_given(zoo: Zoo, seen: list[object]) -> None:
    np.save("them.npy", np.zeros((64, 48), int))
    done = zoo(*seen, "--recipe", "copy", "--target-parsing", "them.npy")
    assert done.code == 2 and "vocabulary of them.npy is not given" in done.err
    found = Filler(stage(), lambda text: None).filled(subject("me.png", regions="scm8"), "source", regions=True)
    assert found.labels is not None and found.words == "scm8"
    labels = np.array(found.labels)
    assert {*labels.flat} == {vocabulary("scm8").index("upper"), vocabulary("scm8").index("pants")}


def test_regions_alone_are_seen_where_joints_are_given(zoo: Zoo, seen: list[object]) -> None:
    Filler(stage(), print, keep=Path("kept")).filled(subject("me.png"), "a", regions=False)
    told: list[str] = []
    person = subject("me.png", "kept/a/joints/me_keypoints.json")
    found = Filler(stage(), told.append, keep=Path("kept")).filled(person, "b", regions=True)
    assert found.joints is person.joints and found.words == "cihp20" and "seen by halves" in told[0]
    assert Path("kept/b/regions/me.png").exists()


def test_what_is_kept_is_what_is_seen(zoo: Zoo, seen: list[object]) -> None:
    kept, held = (Filler(stage(), print, keep=keep).filled(subject("me.png"), "a", regions=True) for keep in (Path("k"), None))
    assert kept.joints is not None and held.joints is not None and kept.labels is not None and held.labels is not None
    assert torch.allclose(kept.joints, held.joints, atol=1e-3) and kept.labels.tobytes() == held.labels.tobytes()
    with pytest.raises(ZooError, match="give the photo as a file"):
        Filler(stage(), print, keep=Path("k")).filled(subject(np.zeros((64, 48, 3), np.uint8)), "a", regions=True)


def test_an_edit_sees_what_both_photos_lack(zoo: Zoo, seen: list[object]) -> None:
    options = ["--reference", "them.png", "--swap", "upper"]
    done = zoo("edit", "--recipe", "copy", *seen[1:5], *options, "--out", "out.png")
    assert done.code == 0 and done.err.count("regions") == 2, done.err


def test_a_pose_must_come_from_somewhere(zoo: Zoo, seen: list[object]) -> None:
    done = zoo(*seen[:5], "--recipe", "copy", "--out", "out.png")
    assert done.code == 2 and "there is no pose to take" in done.err


def test_weights_that_never_saw_a_photo_say_so(zoo: Zoo, seen: list[object]) -> None:
    shipped = [option if option != seen[2] else "figures-64" for option in seen]
    assert "never saw a photo" in zoo(*shipped, "--recipe", "scmnet").err
    assert "never saw a photo" not in zoo(*seen, "--recipe", "copy").err, "copy has no weights"
