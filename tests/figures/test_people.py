"""Figures: the same bits every time, and truth that is true."""

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from zoo.documents.files import KEEP
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.skeleton import JOINT_NAMES
from zoo_figures.dataset import People

REGIONS = vocabulary("cihp20")


def people(size: tuple[int, int] = (64, 64), **options: object) -> People:
    counts = {"train_people": 6, "val_people": 2, "test_people": 8, "val_pairs": 8, "test_pairs": 16}
    return People(Context(size=size, regions=REGIONS), **{**counts, **options})  # type: ignore[arg-type]


def scored(data: People) -> tuple[Tensor, Tensor]:
    sources, targets = torch.tensor(data.pairs("test")).T
    return sources, targets


def warp(image: Tensor, flow: Tensor) -> Tensor:
    height, width = image.shape[-2:]
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    place = torch.stack((x, y), -1) + flow.permute(0, 2, 3, 1)
    scale = 2 / torch.tensor((width - 1, height - 1))
    return F.grid_sample(image, place * scale - 1, align_corners=True, padding_mode="border")


def same(a: object, b: object) -> bool:
    return all(torch.equal(x, y) for x, y in zip(vars(a).values(), vars(b).values(), strict=True) if isinstance(x, Tensor))


def test_same_seed_same_bits_whatever_the_batch_and_the_cache() -> None:
    first, second = people(), people()
    sources, targets = scored(first)
    whole = first.load("test", sources, targets)
    again = first.load("test", sources, targets)
    for i in range(0, 16, 5):
        one = second.load("test", sources[i : i + 1], targets[i : i + 1])
        for batch in (whole, again):
            assert same(one.source, batch.source.map(lambda t, i=i: t[i : i + 1]))  # type: ignore[misc]
            assert same(one.target, batch.target.map(lambda t, i=i: t[i : i + 1]))  # type: ignore[misc]
            assert batch.flow is not None and batch.visibility is not None
            assert torch.equal(one.flow, batch.flow[i : i + 1])  # type: ignore[arg-type]
            assert torch.equal(one.visibility, batch.visibility[i : i + 1])  # type: ignore[arg-type]


def test_what_inference_mode_drew_is_of_use_outside_it() -> None:
    data = people()
    with torch.inference_mode():
        data.load("test", torch.tensor([0]), torch.tensor([1]))
    pair = data.load("test", torch.tensor([2]), torch.tensor([3]))
    assert not pair.source.image.is_inference()


def test_digest_tells_seeds_sizes_and_splits_apart() -> None:
    digests = {
        people().digest("test"),
        people().digest("train"),
        people(seed=1).digest("test"),
        people((64, 48)).digest("test"),
    }
    assert len(digests) == 4 and people().digest("test") in digests


def test_splits_share_no_identity() -> None:
    data = people()
    keys = [data._keys(split, torch.arange(data.people[split])) for split in ("train", "val", "test")]
    assert torch.cat(keys).unique().numel() == sum(data.people.values())
    looks = [data.stage(split, torch.arange(2) * data.views).look.colours for split in ("train", "val", "test")]
    assert not torch.equal(looks[0], looks[1]) and not torch.equal(looks[1], looks[2])


def test_pairs_are_fixed_views_of_one_person_in_two_poses() -> None:
    data = people()
    pairs = data.pairs("test")
    assert pairs == people().pairs("test") and len(set(pairs)) == 16
    assert all(s // data.views == t // data.views and s != t for s, t in pairs)
    assert {s // data.views for s, _ in pairs[:8]} == set(range(8))
    assert [list(group) for group in data.groups("val")] == [list(range(6)), list(range(6, 12))]


@pytest.mark.parametrize("size", [(64, 64), (128, 64), (48, 80)])
def test_shapes_ranges_and_names(size: tuple[int, int]) -> None:
    pair = people(size).load("test", torch.tensor([0, 7]), torch.tensor([1, 8]))
    source, parsing = pair.source, pair.source.parsing
    assert source.image is not None and parsing is not None and pair.flow is not None and pair.visibility is not None
    assert source.image.shape == (2, 3, *size) and source.image.dtype == torch.float32 and source.image.abs().max() <= 1
    assert parsing.shape == (2, 20, *size) and torch.equal(parsing.sum(1), torch.ones(2, *size))
    assert pair.flow.shape == (2, 2, *size) and pair.visibility.shape == (2, 1, *size)
    assert pair.names == ("0->1", "7->8") and len(pair) == 2


def test_an_image_does_not_move_against_itself() -> None:
    pair = people().load("test", torch.arange(4), torch.arange(4))
    assert pair.flow is not None and pair.visibility is not None and pair.target.parsing is not None
    assert pair.flow.abs().max() == 0
    assert torch.equal(pair.visibility[:, 0], 1 - pair.target.parsing[:, 0])


@pytest.mark.parametrize("crop", ["full", "half"])
def test_true_flow_carries_the_source_into_the_target(crop: str) -> None:
    """The same surface point: the same region, and the same colour up to the light on it."""
    data = people((128, 128), crop=crop)
    pair = data.load("test", *scored(data))
    assert pair.flow is not None and pair.visibility is not None
    seen = pair.visibility * solid(pair.source.parsing, pair.flow)
    hits = (warp(pair.source.parsing, pair.flow) * pair.target.parsing).sum(1, keepdim=True)  # type: ignore[arg-type, operator]
    colour = (warp(pair.source.image, pair.flow) - pair.target.image).abs().mean(1, keepdim=True)  # type: ignore[arg-type, operator]
    still = (pair.source.image - pair.target.image).abs().mean(1, keepdim=True)  # type: ignore[operator]
    assert seen.sum() > 0.1 * (pair.target.parsing[:, 1:].sum())  # type: ignore[index]
    assert (hits * seen).sum() / seen.sum() > 0.98
    assert (colour * seen).sum() < 0.2 * seen.sum() and (colour * seen).sum() < 0.5 * (still * seen).sum()


def solid(parsing: Tensor | None, flow: Tensor) -> Tensor:
    """1 where the flow lands at least two pixels inside a source region, so that no edge is mixed in."""
    assert parsing is not None
    inner = 1 - F.max_pool2d(1 - parsing, 5, 1, 2)
    return (warp(inner.sum(1, keepdim=True), flow) > 0.99).float()


def test_flow_agrees_with_a_round_trip() -> None:
    data = people((96, 96))
    sources, targets = scored(data)
    there, back = data.load("test", sources, targets), data.load("test", targets, sources)
    assert there.flow is not None and there.visibility is not None and back.flow is not None and back.visibility is not None
    inner = there.visibility * (warp(back.visibility, there.flow) > 0.99) * solid(there.source.parsing, there.flow)
    miss = (there.flow + warp(back.flow, there.flow)).norm(dim=1, keepdim=True)
    assert miss[inner > 0].median() < 0.1


def test_visible_joints_lie_inside_and_on_the_person() -> None:
    data = people((128, 128), crop="mixed")
    person = data.load("train", torch.arange(36), torch.arange(36)).source
    assert person.parsing is not None
    inside = ((person.joints >= -0.5) & (person.joints < 127.5)).all(-1)
    assert not (person.visible & ~inside).any() and (~person.visible).any()
    body = person.visible.clone()
    body[:, 14:] = False
    sample, joint = body.nonzero(as_tuple=True)
    x, y = person.joints[sample, joint].round().long().clamp(0, 127).unbind(-1)
    assert (person.parsing[sample, 0, y, x] == 0).float().mean() > 0.97


def test_right_is_the_persons_own_right() -> None:
    """Bare wrists lie on the arm of their side, or behind something."""
    data = people((128, 128))
    person = data.load("train", torch.arange(36), torch.arange(36)).source
    assert person.parsing is not None
    labels = person.parsing.argmax(1)
    for joint, own, other in (("r_wrist", "r_arm", "l_arm"), ("l_wrist", "l_arm", "r_arm"), ("r_ankle", "r_shoe", "l_shoe")):
        j = JOINT_NAMES.index(joint)
        x, y = person.joints[:, j].round().long().clamp(0, 127).unbind(-1)
        found = labels[torch.arange(36), y, x]
        assert (found == REGIONS.index(own)).sum() > 3 * (found == REGIONS.index(other)).sum()


def test_faces_that_look_away_show_no_nose() -> None:
    data = people()
    visible = data.load("train", torch.arange(36), torch.arange(36)).source.visible
    assert 0.1 < visible[:, 0].float().mean() < 0.95
    assert not (visible[:, 14] & visible[:, 15] & ~visible[:, 0]).any()


def test_clutter_changes_the_background_only() -> None:
    images = torch.arange(3) * 6
    plain, busy = (people(background=b).load("test", images, images).source for b in ("plain", "clutter"))
    assert plain.image is not None and busy.image is not None and plain.parsing is not None
    assert torch.equal(plain.joints, busy.joints) and not torch.equal(plain.image, busy.image)
    inner = 1 - F.max_pool2d(plain.parsing[:, :1], 3, 1, 1)
    assert (
        (plain.image - busy.image).abs().amax(1, keepdim=True) * inner > 0
    ).sum() < 0.01 * inner.sum()  # slits let it through


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: people().groups("tset"), "test"),
        (lambda: people().load("test", torch.tensor([999]), torch.tensor([0])), "out of range"),
        (lambda: people(views=1), "2 views"),
        (lambda: people(test_pairs=1000), "fewer pairs"),
        (lambda: people((8, 8)), "16 x 16"),
    ],
)
def test_bad_calls_say_what_to_do(call: object, words: str) -> None:
    with pytest.raises(ZooError, match=words):
        call()  # type: ignore[operator]


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_the_gpu_draws_the_same_people() -> None:
    images = torch.arange(12)
    here, there = (people(device=d).load("test", images, images).source for d in ("cpu", "cuda"))
    assert here.image is not None and there.image is not None and (here.image - there.image).abs().mean() < 1e-3
    assert torch.allclose(here.joints, there.joints, atol=1e-3)


def test_processes_may_share_what_is_rendered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split, pairs = "train", (torch.tensor([0, 5]), torch.tensor([3, 2]))
    mine = people(train_people=2).load(split, *pairs)
    monkeypatch.setenv(KEEP, str(tmp_path))
    first = people(train_people=2).load(split, *pairs)
    [kept] = tmp_path.glob("*.safetensors")
    monkeypatch.setattr(People, "_draw", None)
    shared = people(train_people=2).load(split, *pairs)
    for other in (first, shared):
        assert torch.equal(mine.source.image, other.source.image) and torch.equal(mine.target.parsing, other.target.parsing)
        assert torch.equal(mine.source.joints, other.source.joints) and torch.equal(mine.flow, other.flow)
    assert kept.stat().st_size > 0
