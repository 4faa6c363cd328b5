"""Photos get joints and regions that every reader of the zoo understands; none is done twice, none stops the others."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.annotation.nets import SURE, somebody, stage
from zoo.annotation.files import Found, joints_file, regions_file
from zoo.annotation.filling import Filler
from zoo.annotation.folder import annotate, photos_in
from zoo.annotation.sheet import write_contact_sheet
from zoo.annotation.track import write_track
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.photos import read_joints, read_labels
from zoo.photos.subject import subject
from zoo.recipes.catalog import catalog
from zoo.recipes.options import construct
from zoo.recipes.track import load_track
from zoo.regions import remap_table, vocabulary
from zoo.store.registry import registry


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Two people with two photos each, in a folder of their own."""
    root = tmp_path / "photos"
    for number, name in enumerate(("anna/1.jpg", "anna/2.png", "ben/1.jpg", "ben/2.JPG")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (30, 40), (50 * number, 90, 90)).save(root / name)
    return root


def test_what_is_written_is_read_by_everybody(photos: Path, tmp_path: Path) -> None:
    confidence = SURE.clone()
    confidence[4] = 0.1
    done = annotate(stage(somebody(20.0, confidence)), photos, photos_in(photos, photos), photos)
    assert [*done.found] == ["anna/1.jpg", "anna/2.png", "ben/1.jpg", "ben/2.JPG"] and not done.left_out
    joints, visible = read_joints(joints_file(photos, "anna/1.jpg"), frame=(40, 30))
    assert visible.tolist() == [j != 4 for j in range(18)], "what is not sure is missing"
    assert torch.allclose(joints[visible], somebody(20.0).joints[visible], atol=1e-3)
    labels = np.array(read_labels(regions_file(photos, "anna/2.png"), vocabulary("cihp20"), (40, 30)))
    assert (labels[:20] == 7).all() and (labels[20:] == 9).all()
    found = done.found["ben/1.jpg"]
    assert found.joints == 17 and found.joints_sure == pytest.approx(0.8) and found.regions_sure > 0.9


def test_the_track_trains_and_scores_on_what_was_annotated(photos: Path, tmp_path: Path) -> None:
    names = photos_in(photos, photos)
    annotate(stage(), photos, names, photos)
    write_track(photos / "track.toml", load_track(catalog().tracks[registry().defaults.track]), photos, names, "cihp20")
    track = load_track(photos / "track.toml")
    data = construct(catalog(), "dataset", track.dataset, Context(size=track.size, regions=vocabulary("cihp20")))
    assert sorted(map(len, data.groups("test"))) == [2, 2] and len(data.pairs("test")) == 4, "two photos of each person"
    pair = data.load("test", torch.tensor([0]), torch.tensor([1]))
    assert pair.source.parsing is not None and pair.target.visible.all()
    assert track.protocol == "photos-v1"


def test_photos_side_by_side_are_of_different_people(photos: Path) -> None:
    flat = photos / "anna"
    annotate(stage(), flat, photos_in(flat, flat), flat)
    like = load_track(catalog().tracks[registry().defaults.track])
    write_track(flat / "track.toml", like, flat, photos_in(flat, flat), "cihp20")
    track = load_track(flat / "track.toml")
    data = construct(catalog(), "dataset", track.dataset, Context(size=track.size, regions=vocabulary("cihp20")))
    assert track.protocol == "unpaired-v1" and sorted(data.pairs("test")) == [(0, 1), (1, 0)]


def test_nothing_is_done_twice_and_what_changed_is_done_again(photos: Path) -> None:
    seer, names = stage(), photos_in(photos, photos)
    annotate(seer, photos, names, photos)
    assert annotate(seer, photos, names, photos).before == 4 and seer.detecting.pictures == 4
    Image.new("RGB", (30, 40), "red").save(photos / names[0])
    regions_file(photos, names[1]).unlink()
    assert annotate(seer, photos, names, photos).before == 2 and seer.detecting.pictures == 6
    assert photos_in(photos, photos) == names, "label maps are no photos"


def test_a_bad_photo_is_listed_and_stops_nobody(photos: Path) -> None:
    (photos / "anna/1.jpg").write_bytes(b"no photo")
    joints_file(photos, "ben/1.jpg").parent.mkdir(parents=True)
    joints_file(photos, "ben/1.jpg").write_text(json.dumps({"people": []}))
    done = annotate(stage(), photos, photos_in(photos, photos), photos)
    assert [*done.found] == ["anna/2.png", "ben/2.JPG"]
    assert "not a readable image" in done.left_out["anna/1.jpg"]
    assert "not written by zoo annotate" in done.left_out["ben/1.jpg"], "joints of somebody's own are never replaced"
    assert json.loads(joints_file(photos, "ben/1.jpg").read_text()) == {"people": []}
    few = SURE * (torch.arange(18) < 5)
    nobody = annotate(stage(somebody(20.0, few)), photos, ["anna/2.png"], photos / "other")
    assert "nobody was found" in nobody.left_out["anna/2.png"]


def test_one_of_several_people_is_chosen_by_number(photos: Path) -> None:
    seer = stage(somebody(25.0), somebody(10.0))
    largest, second = seer.look(subject(photos / "anna/1.jpg")), seer.look(subject(photos / "anna/1.jpg", number=2))
    assert largest.joints.max() == 25 and second.joints.max() == 10 and (second.person, second.people) == (2, 2)
    with pytest.raises(ZooError, match="shows 2 people and no person 3"):
        seer.look(subject(photos / "anna/1.jpg", number=3))


def test_a_large_photo_is_looked_at_smaller_and_answered_in_its_own_pixels(tmp_path: Path) -> None:
    Image.new("RGB", (2048, 2048)).save(tmp_path / "large.png")
    seen = stage(somebody(1023.0)).look(subject(tmp_path / "large.png"))
    assert seen.joints.max() == pytest.approx(2046.5) and seen.labels is not None and seen.labels.size == (2048, 2048)


def test_regions_of_known_joints(photos: Path) -> None:
    labels, sure = stage().regions_of(subject(photos / "anna/1.jpg", torch.rand(18, 2) * 30))
    assert labels.size == (30, 40) and sure > 0.9


def test_regions_are_told_in_the_words_that_are_asked_for_where_there_are_such(photos: Path, tmp_path: Path) -> None:
    told: list[str] = []

    def told_in(words: str | None, named: str | None = None) -> tuple[str | None, set[int]]:
        nets = Filler(stage(), told.append, words)
        filled = nets.filled(subject(photos / "anna/1.jpg", regions=named), "source", regions=True)
        assert filled.labels is not None and filled.words is not None
        return filled.words, {*np.unique(np.array(filled.labels)).tolist()}

    coat_and_pants = {words: {vocabulary(words).index(w) for w in ("upper", "pants")} for words in ("spt10", "scm8")}
    assert told_in("spt10") == ("spt10", coat_and_pants["spt10"])
    assert told_in("ccp59")[0] == "cihp20", "the parser's labels cannot become garments: they stay as they are"
    assert told_in("spt10", "scm8") == ("scm8", coat_and_pants["scm8"]), "a photo that names its words has its way"


def test_the_chest_goes_with_the_face_and_not_with_the_trousers() -> None:
    words, table = vocabulary("scm8"), remap_table("cihp20", "spt10")
    chest = remap_table("spt10", "scm8")[table[vocabulary("cihp20").index("torso_skin")]]
    assert words.labels[chest] == "face"


def test_two_photos_of_one_name_are_refused(photos: Path) -> None:
    Image.new("RGB", (30, 40)).save(photos / "anna/1.png")
    with pytest.raises(ZooError, match="share their files"):
        photos_in(photos, photos)


def test_the_sheet_shows_every_photo_with_its_regions(photos: Path, tmp_path: Path) -> None:
    found: dict[str, Found] = annotate(stage(), photos, photos_in(photos, photos), photos).found
    write_contact_sheet(tmp_path / "sheet.png", photos, photos, found)
    with Image.open(tmp_path / "sheet.png") as picture:
        pixels = np.array(picture.convert("RGB")).reshape(-1, 3).astype(int)
    for colour in ((41, 121, 255), (255, 109, 0)):  # left and right
        assert (np.abs(pixels - colour).sum(1) < 30).any()
