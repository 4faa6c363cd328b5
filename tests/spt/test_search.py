"""The search for pseudo labels: its matrix form against loops, and the pairing that stores and serves it."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.spt.support import LONG, SHORT, SPT10, STANDING, WAVING, figure, together
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.fit import fit_affine
from zoo.ops.rigid import PARTS
from zoo.types import Pair
from zoo_figures.dataset import People
from zoo_spt import pseudo
from zoo_spt.pseudo import FILE, PseudoPairs
from zoo_spt.search import CELLS, Cards, admissible, canonical_energy, cards_of, exact_energy, pose_distance

CONTEXT = Context(size=(64, 64), regions=SPT10)


def crowd() -> Cards:
    missing = [(), (3, 4), (2, 5), (9,), (0, 14, 15, 16, 17)]
    people = [
        figure(angles, clothes, turn=5.0 * i, zoom=1 - 0.05 * i, missing=gone)
        for i, gone in enumerate(missing) for angles in (STANDING, WAVING) for clothes in (LONG, SHORT)
    ]  # fmt: skip
    return cards_of(together(people), SPT10)


def weight(part: int) -> float:
    return 2.0 if PARTS[part] == "torso" else 1.0


def test_the_matrix_form_is_the_sum_it_stands_for() -> None:
    cards = crowd()
    found = canonical_energy(cards[:4], cards)
    for s in range(4):
        for p in range(len(cards)):
            total = 0.0
            for j in range(len(PARTS)):
                here, there = float(cards.area[s, j]), float(cards.area[p, j])
                if here and there:
                    total += there * float((cards.grids[s, j].float() - cards.grids[p, j].float()).square().sum()) / CELLS**2
                elif here or there:
                    total += weight(j) * max(here, there)
            assert float(found[s, p]) == pytest.approx(total / float(cards.area[p].sum()), abs=1e-3)


def test_the_exact_energy_is_equation_1_pixel_by_pixel() -> None:
    cards = crowd()
    s, p = cards[torch.tensor([0, 5])], cards[torch.tensor([7, 14])]
    found = exact_energy(s, p)
    codes = [c.codes[:, 1:-1, 1:-1].long() for c in (s, p)]
    affines = fit_affine(p.quads, s.quads)
    for i in range(2):
        total = 0.0
        for j in range(len(PARTS)):
            here, there = float(s.area[i, j]), float(p.area[i, j])
            if not (here and there):
                total += weight(j) * max(here, there)
                continue
            for y in range(64):
                for x in range(64):
                    a, b = (affines[i, j] @ torch.tensor([x, y, 1.0])).round().long().tolist()
                    moved = codes[0][i, b, a] if 0 <= a < 64 and 0 <= b < 64 else torch.tensor(0)
                    vectors = [torch.zeros(10), torch.zeros(10)]
                    for vector, code in zip(vectors, (moved, codes[1][i, y, x]), strict=True):
                        if code >> (5 + j) & 1:
                            vector[int(code & 31)] = 1
                    total += float((vectors[0] - vectors[1]).square().sum())
        assert float(found[i]) == pytest.approx(total / float(p.area[i].sum()), rel=1e-4)


@pytest.mark.parametrize("energy", [canonical_energy, exact_energy])
def test_raw_sums_are_the_energies_not_divided_by_the_candidates_area(energy: Callable[..., torch.Tensor]) -> None:
    cards = crowd()
    s, p = cards[:6], cards[6:12]
    torch.testing.assert_close(energy(s, p, by_area=False), energy(s, p) * p.area.sum(1))


def test_pose_distance_ignores_place_and_counts_common_joints_only() -> None:
    apart = cards_of(together([figure(), figure(moved=torch.tensor([5.0, -3.0])), figure(WAVING), figure(missing=(4,))]), SPT10)
    distance = pose_distance(apart[:1], apart)[0]
    assert distance[0] < 1e-3 and distance[1] < 1e-3 and distance[3] < 1e-3 and distance[2] > 0.3
    naive = (apart.joints[0] - apart.joints[2]).square().sum(1).mean().sqrt()
    torch.testing.assert_close(distance[2], naive, atol=1e-4, rtol=1e-4)


def test_mirror_images_other_garments_and_strangers_to_the_pose_are_no_candidates() -> None:
    person = figure(WAVING)
    flip = [0, 1, 5, 6, 7, 2, 3, 4, 11, 12, 13, 8, 9, 10, 15, 14, 17, 16]
    mirrored = person.but(joints=(person.joints * torch.tensor([-1.0, 1.0]) + torch.tensor([63.0, 0.0]))[:, flip])
    few = figure(missing=tuple(range(3, 18)))
    candidates = cards_of(together([mirrored, figure(), figure(clothes=SHORT), few]), SPT10)
    source = cards_of(person, SPT10)
    assert admissible(source, candidates, similar=0.1, same_garments=False).tolist() == [[False, True, True, False]]
    assert admissible(source, candidates, similar=0.1, same_garments=True).tolist() == [[False, True, False, False]]


@dataclasses.dataclass
class Wrapped:
    """Counts what is loaded of a data set."""

    data: People
    loads: int = 0

    def __getattr__(self, name):  # type: ignore[no-untyped-def]
        return getattr(self.data, name)

    def load(self, split: str, sources: torch.Tensor, targets: torch.Tensor) -> Pair:
        self.loads += 1
        return self.data.load(split, sources, targets)


@pytest.fixture(scope="module")
def people() -> Wrapped:
    return Wrapped(People(CONTEXT, train_people=40, views=3))


def prepared(people: Wrapped, folder: Path, **options: object) -> PseudoPairs:
    pairing = PseudoPairs(CONTEXT, **options)  # type: ignore[arg-type]
    pairing.prepare(people, "train", folder)  # type: ignore[arg-type]
    return pairing


def test_pseudo_pairs_are_others_dressed_alike_without_an_image(people: Wrapped, tmp_path: Path) -> None:
    pairing = prepared(people, tmp_path)
    assert len(pairing.sources) == round(0.8 * 120), "the best four fifths"
    assert (pairing.sources // 3 != pairing.targets // 3).all(), "never the same person"
    pair = pairing.sample(people, "train", seed=0, start=5, count=8)  # type: ignore[arg-type]
    assert pair.target.image is None and pair.flow is None and pair.target.parsing is not None
    assert pair.source.image is not None and not pairing.needs_target
    again = pairing.sample(people, "train", seed=0, start=9, count=4)  # type: ignore[arg-type]
    assert torch.equal(again.source.joints, pair.source.joints[4:]) and torch.equal(again.target.joints, pair.target.joints[4:])
    with_own = prepared(people, tmp_path / "own", own=True)
    assert (with_own.sources // 3 == with_own.targets // 3).any(), "they would be found, were they allowed"


@pytest.mark.parametrize("candidates", [1, 30], ids=["the canonical grids choose", "the exact energy chooses"])
def test_raw_sums_favour_small_people(candidates: int, tmp_path: Path) -> None:
    few = Wrapped(People(CONTEXT, train_people=10, views=3))
    area = cards_of(few.load("train", *torch.arange(30).expand(2, -1)).source, SPT10).area.sum(1)
    asked = {"best": 1.0, "candidates": candidates, "same_garments": False}
    divided, raw = prepared(few, tmp_path / "divided", **asked), prepared(few, tmp_path / "raw", by_area=False, **asked)
    assert area[raw.targets].mean() < 0.97 * area[divided.targets].mean()


def test_a_search_is_stored_and_goes_on_where_it_stopped(
    people: Wrapped, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(pseudo, "CHUNK", 50)
    whole = prepared(people, tmp_path / "whole")
    chunk, calls = PseudoPairs._chunk, []

    def interrupted(self, cards, person, rows):  # type: ignore[no-untyped-def]
        calls.append(rows.start)
        if calls == [0, 50]:
            raise KeyboardInterrupt
        return chunk(self, cards, person, rows)

    monkeypatch.setattr(PseudoPairs, "_chunk", interrupted)
    with pytest.raises(KeyboardInterrupt):
        prepared(people, tmp_path)
    resumed = prepared(people, tmp_path)
    assert calls == [0, 50, 50, 100]
    assert torch.equal(resumed.sources, whole.sources) and torch.equal(resumed.targets, whole.targets)
    before = people.loads
    prepared(people, tmp_path)
    assert calls == [0, 50, 50, 100] and people.loads == before, "a finished search is read from its file"
    prepared(people, tmp_path, similar=0.2)
    assert calls[4:] == [0, 50, 100], "other rules, another search"


def test_a_search_that_finds_nothing_says_so(people: Wrapped, tmp_path: Path) -> None:
    with pytest.raises(ZooError, match="no image of split 'train' finds a pseudo label"):
        prepared(people, tmp_path, similar=50.0)
    assert (tmp_path / FILE).exists()
