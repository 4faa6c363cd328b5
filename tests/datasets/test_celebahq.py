"""CelebAMask-HQ as a data set: eight regions, edges for a pose, and everything downstream without joints."""

from pathlib import Path

import pytest
import torch

from tests.cli.conftest import Zoo, zoo
from tests.datasets.faces import faces
from zoo.editing.transfer import edit, transfer, without_image
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import Model, build_model
from zoo.ops.edges import label_edges
from zoo.recipes.catalog import catalog
from zoo.recipes.compatibility import check_mix
from zoo.recipes.loading import load_recipe
from zoo.recipes.options import construct
from zoo.recipes.recipe import Part
from zoo.recipes.track import load_track
from zoo.regions import vocabulary
from zoo.testing.nets import StandInFeatures
from zoo_datasets.celebahq import PARTS, CelebAHQ, face_edges

__all__ = ["zoo"]
CONTEXT = Context(size=(64, 64), regions=vocabulary("face8"))
REGIONS = vocabulary("face8").labels
TRACK = """
name = "faces-tiny"
dataset = { use = "datasets.celebahq", root = "faces", test = 0.4 }
size = [64, 64]
scale = "small"
protocol = "faces-v1"
features = "photos.features"
budget = { steps = 3, batch = 2 }
"""


def celebahq(root: Path, **options: object) -> CelebAHQ:
    built = construct(catalog(), "dataset", Part(use="datasets.celebahq", options={"root": str(root), **options}), CONTEXT)
    assert isinstance(built, CelebAHQ)
    return built


def test_parts_become_regions_and_each_face_is_its_own(tmp_path: Path) -> None:
    data = celebahq(faces(tmp_path), test=0.3)
    train, test = ([i for group in data.groups(split) for i in group] for split in ("train", "test"))
    assert sorted(train + test) == [*range(8)] and len(test) >= 1
    pair = data.load("train", torch.arange(8), torch.arange(8))
    assert pair.source.parsing is not None and pair.source.edges is not None and not pair.source.visible.any()
    shares = dict(zip(REGIONS, pair.source.parsing.mean((0, 2, 3)).tolist(), strict=True))
    assert all(share > 0 for share in shares.values()) and shares["skin"] > shares["hair"] > shares["nose"]
    assert pair.source.edges.shape == (8, 1, 64, 64) and set(pair.source.edges.unique().tolist()) == {0.0, 1.0}


def test_nothing_is_told_of_the_target_of_a_test_pair_but_its_edges_and_regions(tmp_path: Path) -> None:
    data = celebahq(faces(tmp_path), test=0.5)
    pairs = data.pairs("test")
    pair = data.load("test", *torch.tensor(pairs).T)
    assert all(a != b for a, b in pairs) and pair.target.image is None and pair.target.edges is not None
    assert celebahq(tmp_path, test=0.5).digest("test") == data.digest("test") != data.digest("train")
    assert len(celebahq(tmp_path, test=0.5, test_pairs=2).pairs("test")) == 2


def test_edges_are_outlines_of_the_face_and_canny_s_around_it() -> None:
    parts = torch.zeros(1, 32, 32, dtype=torch.long)
    parts[:, 8:24, 8:24] = 1 + [*PARTS].index("skin")
    parts[:, 26:, :] = 1 + [*PARTS].index("cloth")
    image = torch.full((1, 3, 32, 32), -1.0)
    image[..., 12:20, 12:20] = 1  # inside the face: no edge of Canny's counts
    image[..., :4] = 1  # outside
    edges = face_edges(image, parts)[0, 0]
    assert edges[8, 8:24].all() and edges[7, 8:24].all() and not edges[10:22, 10:22].any()
    assert edges[10:20, 2:6].any() and not edges[25:27, 10:20].any(), "the outline of cloth is no edge of the face"
    assert label_edges(torch.tensor([[[0, 0, 1, 1]]]))[0, 0].tolist() == [[0, 1, 1, 0]]


def test_faces_without_masks_are_left_out_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    root = faces(tmp_path, 4)
    next(root.rglob("00002_skin.png")).unlink()
    data = celebahq(root, test=0.5)
    assert len(data.kept) == 3 and "1 of 4 faces are left out" in caplog.text
    assert data.report().counts == {"photos": 4, "masks": 47}
    assert data.report().left_out == {"without a mask of skin": ["CelebA-HQ-img/2.jpg"]}
    with pytest.raises(ZooError, match="no folder"):
        celebahq(root, masks="masks")
    for path in root.rglob("*_skin.png"):
        path.unlink()
    with pytest.raises(ZooError, match=r"NNNNN_part\.png"):
        celebahq(root)


def model() -> Model:
    torch.manual_seed(0)
    recipe = load_recipe(catalog().recipes["scmnet-faces"], size="small")
    context = Context(size=(64, 64), regions=vocabulary("face8"), features=StandInFeatures())
    return build_model(recipe, context, "face8", catalog())


def test_an_attribute_of_a_face_is_edited_and_an_edge_map_coloured(tmp_path: Path) -> None:
    data, built = celebahq(faces(tmp_path)), model()
    one, other = (data.load("train", torch.tensor([i]), torch.tensor([i])).source for i in (0, 1))
    assert one.parsing is not None
    plain = transfer(built, one, without_image(one)).image
    hair = edit(built, one, other, ["hair"], vocabulary("face8")).image
    same = edit(built, one, one, ["hair"], vocabulary("face8")).image
    assert plain is not None and hair is not None and same is not None
    torch.testing.assert_close(same, plain, atol=1e-4, rtol=0)
    assert (hair - plain).abs().mean() > 1e-4
    painted = transfer(built, one, without_image(other)).image
    assert painted is not None and painted.shape == (1, 3, 64, 64) and painted.isfinite().all()


def test_the_recipe_is_trained_and_scored_on_edges(zoo: Zoo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    faces(tmp_path / "faces")
    Path("tiny.toml").write_text(TRACK)
    done = zoo("run", "--recipe", "scmnet-faces", "--track", "tiny.toml", "--from-scratch", "--json", "--out", "run")
    assert done.code == 0, done.err
    assert done.json["scores"].keys() >= {"laid_lab", "edges_found"} and done.json["pairs"] >= 2


@pytest.mark.parametrize("name", sorted(catalog().recipes.items))
def test_what_needs_joints_is_refused_on_faces_before_torch(name: str) -> None:
    recipe, track = load_recipe(catalog().recipes[name]), load_track(catalog().tracks["celebahq-edges"])
    if recipe.pose.use == "base.edges":
        check_mix(recipe, track, catalog())
        return
    with pytest.raises(ZooError, match="joints"):
        check_mix(recipe, track, catalog())
