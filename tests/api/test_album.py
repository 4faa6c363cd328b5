"""Several photos of one person, in a transfer."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import zoo
from tests.annotation.nets import Seer, stage
from tests.annotation.nets import somebody as seen
from tests.api.conftest import JOINTS, LABELS, photo
from tests.cli.conftest import Zoo
from zoo.annotation.nets import Annotator
from zoo.app.exhibits import paint
from zoo.app.figures import Figure
from zoo.app.visitors import Visitor
from zoo.errors import ZooError
from zoo.serving.painting import Answer, Paints, Uploads

SAW_ONE = "reads 2 photos of a person and saw 1"
CHANGES = ["sources=2", 'merge.wear=["base.several"]']


def png(pixels: np.ndarray) -> bytes:
    Image.fromarray(pixels).save(buffer := BytesIO(), "PNG")
    return buffer.getvalue()


def somebody(colour: int, moved: float = 0.0) -> zoo.Subject:
    return zoo.person(photo(colour), JOINTS + moved, LABELS, regions="spt10")


@pytest.fixture(scope="module")
def album(small: Path) -> zoo.Pipeline:
    """Each place as the photo nearest in pose has it."""
    return zoo.load("copy", track=small, changes=CHANGES, device="cpu")


def test_every_photo_is_read_and_the_one_in_the_pose_wins(album: zoo.Pipeline) -> None:
    me, same, pose = somebody(40), somebody(220, 3.0), somebody(120, 3.0)
    alone, both = album.transfer(me, pose, build="target"), album.transfer(me, pose, others=[same], build="target")
    assert alone.image[:, 48, 24].max() < -0.6 and both.image[:, 48, 24].min() > 0.6
    assert both.strip().size[0] > alone.strip().size[0], "all photos are shown"
    many = album.transfer(me, [pose, me], others=[same], build="target")
    torch.testing.assert_close(many[0].image, both.image, atol=1e-5, rtol=0)
    assert many[1].image[:, 48, 24].max() < -0.6


def test_the_order_of_further_photos_has_no_say(small: Path) -> None:
    album = zoo.load("copy", track=small, changes=["sources=4", *CHANGES[1:]], device="cpu")
    me, pose, *others = (somebody(30 * i + 40, i) for i in range(4))
    one, other = (album.transfer(me, pose, others=these).image for these in (others, others[::-1]))
    torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_one_photo_alone_is_merged_by_the_plain_operator_and_the_picture_says_so(album: zoo.Pipeline, small: Path) -> None:
    me, pose = somebody(40), somebody(120, 3.0)
    plain, alone = zoo.load("copy", track=small, device="cpu").transfer(me, pose), album.transfer(me, pose)
    assert torch.equal(alone.image, plain.image) and not any("photos" in note for note in plain.notes)
    assert SAW_ONE in " ".join(alone.notes) and SAW_ONE in " ".join(album.transfer([me], pose)[0].notes)
    assert not any(SAW_ONE in note for note in album.transfer(me, pose, others=[somebody(220)]).notes)


def test_so_do_the_page_the_service_and_the_command(
    album: zoo.Pipeline, small: Path, zoo_command: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    me = somebody(40)
    assert SAW_ONE in " ".join(paint(album, Figure(me, 1, 1, 0.8, 0.8), me.skeleton).notes)
    served: list[str] = []
    answered = Paints(replace(album, annotator=stage(), tell=served.append))([Uploads(png(photo(40)), png(photo(120)))])
    assert isinstance(answered[0], Answer) and SAW_ONE in " ".join(answered[0].notes) and SAW_ONE in " ".join(served)
    monkeypatch.setattr(Annotator, "detecting", Seer([seen(40.0)]))
    (tmp_path / "me.png").write_bytes(png(photo(40)))
    people = ["--source", tmp_path / "me.png", "--target", tmp_path / "me.png", "--out", tmp_path / "out.png"]
    changes = [word for change in CHANGES for word in ("--set", change)]
    done = zoo_command("transfer", "--recipe", "copy", "--track", small, *changes, *people)
    assert done.code == 0 and SAW_ONE in done.err


def test_a_photo_named_twice_is_not_two_photos(album: zoo.Pipeline, tmp_path: Path) -> None:
    (tmp_path / "me.png").write_bytes(png(photo(40)))
    paths = tmp_path / "me.png", tmp_path / ".." / tmp_path.name / "me.png"
    me, again = (zoo.person(path, JOINTS, LABELS, regions="spt10") for path in paths)
    with pytest.raises(ZooError, match=r"me\.png is the same photo as .*me\.png"):
        album.transfer(me, somebody(120), others=[again])


def test_more_photos_than_the_recipe_reads_are_refused_everywhere_in_the_same_words(album: zoo.Pipeline) -> None:
    says = "reads 2 photos of a person, and 3 are given"
    me, *others = (somebody(colour) for colour in (40, 90, 200))
    visitor = Visitor()
    visitor.welcome(Figure(me, 1, 1, 0.8, 0.8))
    visitor.add(Figure(others[0], 1, 1, 0.8, 0.8), album.recipe)
    three = Uploads(png(photo(40)), png(photo(120)), (png(photo(90)), png(photo(200))))
    (served,) = Paints(replace(album, annotator=stage(), tell=str))([three])
    for refused in (
        lambda: album.transfer(me, somebody(120), others=others),
        lambda: visitor.add(Figure(others[1], 1, 1, 0.8, 0.8), album.recipe),
        lambda: raised(served),
    ):
        with pytest.raises(ZooError, match=says) as error:
            refused()
        assert "leave 1 of them out" in error.value.fix and error.value.where
    assert len(visitor.others) == 1


def raised(answer: object) -> None:
    assert isinstance(answer, Exception)
    raise answer


def test_the_page_paints_from_every_photo_but_for_a_recipe_of_one(album: zoo.Pipeline, small: Path) -> None:
    visitor, me, same = Visitor(), somebody(40), somebody(220, 3.0)
    visitor.welcome(Figure(me, 1, 1, 0.8, 0.8))
    visitor.pose = somebody(120, 3.0).skeleton
    one = visitor.paint(album, []).image.getpixel((24, 48))
    visitor.add(Figure(same, 1, 1, 0.8, 0.8), album.recipe)
    both, plain = (
        visitor.paint(model, []).image.getpixel((24, 48)) for model in (album, zoo.load("copy", track=small, device="cpu"))
    )
    assert max(one) < 60 and min(both) > 200 and plain == one
    visitor.welcome(Figure(me, 1, 1, 0.8, 0.8))
    assert not visitor.others, "they were of somebody else"


def test_what_cannot_be_is_refused(album: zoo.Pipeline, small: Path) -> None:
    me, other = somebody(40), somebody(200)
    with pytest.raises(ZooError, match="reads one photo of a person, and 2 are given"):
        zoo.load("copy", track=small, device="cpu").transfer(me, other, others=[me])
    with pytest.raises(ZooError, match="more photos are of one person"):
        album.transfer([me, other], me, others=[me])
    bare = zoo.person(photo(90), JOINTS)
    with pytest.raises(ZooError, match="differ in what is known of parsing"):
        album.transfer(me, other, others=[bare])
