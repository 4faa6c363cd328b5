"""One photo and one pose, or one photo and another's clothes, without the command line."""

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from tests.support import SHARED, make_person, needs_shared
from zoo.editing.finishing import at_own_size
from zoo.editing.people import person as at_size
from zoo.editing.people import translated
from zoo.editing.transfer import check_layout, edit, placed, transfer, without_image
from zoo.errors import ZooError
from zoo.interfaces import Context, LaysOut
from zoo.model import Model, build_model
from zoo.photos import photo_size, place, write_image
from zoo.photos.subject import Subject, subject
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Recipe
from zoo.regions import vocabulary
from zoo.types import Outcome, Pair, Person

SIZE = (32, 32)
SPT10 = vocabulary("spt10")
FRAME = (96, 48)


def recipe(name: str = "copy", **changes: str) -> Recipe:
    given = [f"{k}={v}" for k, v in {"regions": "spt10", **changes}.items()]
    return load_recipe(catalog().recipes[name], size="small", changes=given)


def model(chosen: Recipe, photos: str = "spt10") -> Model:
    return build_model(chosen, Context(size=SIZE, regions=vocabulary(chosen.regions)), photos, catalog())


def write_person(folder: Path, name: str, colour: int, regions: tuple[int, ...]) -> tuple[Path, Path, Path]:
    """A grey photo whose regions are horizontal bands, the joints along its middle."""
    height, width = FRAME
    Image.new("RGB", (width, height), (colour,) * 3).save(folder / f"{name}.png")
    bands = np.repeat(np.array(regions), height // len(regions))[:, None].repeat(width, 1)
    np.save(folder / f"{name}.npy", bands)
    flat = [v for i in range(18) for v in (width / 2, 5.0 * i + 2, 1.0)]
    (folder / f"{name}.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": flat}]}))
    return folder / f"{name}.png", folder / f"{name}.json", folder / f"{name}.npy"


def person(folder: Path, name: str = "a", colour: int = 50, regions: tuple[int, ...] = (0, 2, 3, 4)) -> Person:
    return brought(subject(*write_person(folder, name, colour, regions), regions="spt10"))


def brought(who: Subject) -> Person:
    return at_size(who, place(who.size, SIZE, "pad"))


def test_a_person_is_brought_to_size_with_joints_and_regions_in_step(tmp_path: Path) -> None:
    found = person(tmp_path)
    assert found.image is not None and found.parsing is not None
    assert found.size == SIZE and found.image.shape == (1, 3, *SIZE) and found.parsing.shape == (1, 10, *SIZE)
    x, y = found.joints[0, 9].tolist()  # 96x48 fits 32x32 as 32x16 with 8 columns of padding each side
    assert x == pytest.approx((24 + 0.5) / 3 - 0.5 + 8) and y == pytest.approx((47 + 0.5) / 3 - 0.5)
    assert found.parsing[0, :, 12, 16].argmax() == 2 and found.parsing[0, 0, :, :8].all()
    assert torch.equal(found.image[..., :8], torch.ones(1, 3, 32, 8))


def test_a_pose_follows_the_same_map_as_the_photo(tmp_path: Path) -> None:
    _, joints, _ = write_person(tmp_path, "a", 0, (0, 3))
    pose = placed(subject(joints=joints, size=FRAME).skeleton, place(FRAME, SIZE, "pad"))
    assert pose.image is None and torch.equal(pose.joints, person(tmp_path).joints)


def test_transfer_runs_where_the_model_is_and_the_output_goes_back_to_the_photos_size(tmp_path: Path) -> None:
    source = person(tmp_path)
    outcome = transfer(model(recipe()), source, without_image(source))
    assert outcome.image is not None and torch.equal(outcome.image, source.image)
    back = place(FRAME, SIZE, "pad").undo(outcome.image[0])
    assert back.shape == (3, *FRAME) and torch.allclose(back, torch.tensor(50 / 127.5 - 1), atol=0.01)
    write_image(tmp_path / "out.png", back)
    assert photo_size(tmp_path / "out.png") == FRAME


def test_the_photos_vocabulary_need_not_be_the_recipes(tmp_path: Path) -> None:
    outcome = transfer(model(recipe(regions="scm8")), person(tmp_path), without_image(person(tmp_path)))
    theirs = translated(person(tmp_path), "spt10", recipe(regions="scm8"))
    assert theirs.parsing is not None and torch.equal(theirs.parsing, outcome.source.parsing)  # type: ignore[arg-type]
    assert outcome.source.parsing is not None and outcome.source.parsing.shape[1] == 8


def test_an_edit_moves_the_references_colour_into_the_region_and_nothing_else(tmp_path: Path) -> None:
    dark, light = person(tmp_path, "a", 50), person(tmp_path, "b", 200, (3, 3, 0, 2))
    outcome = edit(model(recipe()), dark, light, ["upper"], SPT10)
    assert outcome.image is not None and dark.image is not None and dark.parsing is not None
    upper = dark.parsing[:, 3:4].bool().expand(-1, 3, -1, -1)
    torch.testing.assert_close(outcome.image[~upper], dark.image[~upper])
    torch.testing.assert_close(outcome.image[upper].mean(), torch.tensor(200 / 127.5 - 1), atol=0.01, rtol=0)


def test_wearing_ones_own_clothes_changes_nothing(tmp_path: Path) -> None:
    chosen = recipe(merge="base.concat", style="base.encoder", generator="base.unet")
    someone, built = person(tmp_path), model(chosen)
    plain = transfer(built, someone, without_image(someone)).image
    worn = edit(built, someone, someone, ["upper", "pants"], SPT10).image
    assert plain is not None and worn is not None
    torch.testing.assert_close(worn, plain, atol=1e-4, rtol=1e-4)


def test_an_edit_may_take_another_pose_as_well(tmp_path: Path) -> None:
    someone = person(tmp_path)
    moved = without_image(someone).but(joints=someone.joints + 3)
    outcome = edit(model(recipe()), someone, person(tmp_path, "b", 200), ["upper"], SPT10, target=moved)
    assert torch.equal(outcome.target.joints, moved.joints)


def test_impossible_edits_are_refused(tmp_path: Path) -> None:
    someone, built = person(tmp_path), model(recipe())
    with pytest.raises(ZooError, match=r"unknown region 'uper'(.|\n)*'upper'"):
        edit(built, someone, someone, ["uper"], SPT10)
    with pytest.raises(ZooError, match=r"shows no 'skirt'(.|\n)*background, hair, upper, pants"):
        edit(built, someone, someone, ["skirt"], SPT10)
    with pytest.raises(ZooError, match="reference has no parsing"):
        edit(built, someone, someone.but(parsing=None), ["upper"], SPT10)


def test_what_a_recipe_needs_is_said_before_it_runs() -> None:
    check_layout(recipe(), catalog(), layout=False)
    with pytest.raises(ZooError, match=r"oracle=false"):
        check_layout(recipe(oracle="true"), catalog(), layout=False)
    with pytest.raises(ZooError, match=r"looks at a parsing of the target"):
        check_layout(recipe(), catalog(), layout=True)


def test_bad_inputs_are_refused(tmp_path: Path) -> None:
    image, joints, parsing = write_person(tmp_path, "a", 50, (0, 2, 3, 4))
    with pytest.raises(ZooError, match=r"vocabulary of a.npy(.|\n)*regions"):
        subject(image, joints, parsing)
    with pytest.raises(ZooError, match="unknown region vocabulary"):
        subject(image, joints, parsing, regions="spt11")
    with pytest.raises(ZooError, match="lie outside the image"):
        subject(joints=joints, size=(20, 10))
    Image.new("RGB", (48, 48)).save(image)
    with pytest.raises(ZooError, match=r"its image needs \(H,W\) = \(48, 48\)|lie outside"):
        subject(image, joints, parsing, regions="spt10")


@needs_shared
def test_a_real_photo_takes_another_persons_pose() -> None:
    folder = SHARED / "fixtures" / "viton_samples"

    def files(name: str) -> tuple[Path, Path, Path]:
        joints, parsing = folder / "pose" / f"{name}_keypoints.json", folder / "image-parse-new" / f"{name}.png"
        return folder / "image" / f"{name}.jpg", joints, parsing

    chosen = recipe(merge="base.adain", style="base.encoder", generator="base.unet", regions="scm8")
    source = brought(subject(*files("000001_0"), regions="cihp20"))
    target = without_image(brought(subject(*files("000010_0"), regions="cihp20")))
    outcome = transfer(model(chosen, "cihp20"), source, target)
    assert outcome.image is not None and outcome.image.isfinite().all()


class Lies(nn.Module, LaysOut):
    """Leaves the photo where it is."""

    def lay_out(self, photo: torch.Tensor, source: Person, target: Person) -> torch.Tensor:
        return photo


def test_what_the_model_changed_is_laid_over_the_photo_at_its_own_size() -> None:
    small, large = make_person((32, 24)), make_person((128, 96))
    small, large = (one.map(lambda x: x[:1]) for one in (small, large))
    small, large = (one.but(image=one.image / 2) for one in (small, large))
    model: Any = SimpleNamespace(merge=Lies(), translate=lambda pair: pair)
    outcome = Outcome(pair=Pair(source=small, target=small), source=small, target=small, image=small.image + 0.25)
    made = at_own_size(model, outcome, large, large, place((128, 96), (32, 24)))
    torch.testing.assert_close(made, large.image[0] + 0.25, atol=1e-3, rtol=0)
