"""The field's splits and lists of pairs, proven against the lists themselves; names in every spelling."""

from pathlib import Path

import pytest

from tests.support import SHARED, needs_shared
from zoo_datasets.lists import pairs_of
from zoo_datasets.published import drawn, hashed, held_out, published_split
from zoo_datasets.shots import fashion, market
from zoo_datasets.splits import within

LISTS = SHARED / "fixtures" / "patn_lists"
WHO = "WOMENTees_Tanksid0000705903"
SPELLINGS = (
    "fashionWOMENTees_Tanksid0000705903_3back.jpg",
    "fasionWOMENTeesTanksid0000705903_3back",
    "fashionWOMENTees_Tanksid0000705903_3back.jpg.npy",
    "fashion+WOMEN+Tees_Tanks+id00007059+03_3back.jpg",
    "WOMEN/Tees_Tanks/id_00007059/03_3_back.jpg",
    "img_highres\\WOMEN\\Tees_Tanks\\id_00007059\\03_3_back.png",
    "/data/mens_photos/img/WOMEN/Tees_Tanks/id_00007059/03_3_back_candidate.txt",
    "WOMEN-Tees_Tanks-id_00007059-03_3_back.png",
    "FASHIONwomenTEES_TANKSid0000705903_3BACK.JPG",
)


@pytest.mark.parametrize("name", SPELLINGS)
def test_every_spelling_is_one_photo_of_one_person(name: str) -> None:
    shot = fashion(name)
    assert shot is not None and (shot.name, shot.identity) == (SPELLINGS[0], WHO)


@pytest.mark.parametrize(
    "name", ["IMG_0001.jpg", "fashionWOMENHatsid0000705903_3back.jpg", "fashionWOMENTees_Tanksid705903_3back.jpg", "", "MEN"]
)
def test_other_names_are_none_of_the_data_set(name: str) -> None:
    assert fashion(name) is None and market(name) is None


def test_another_colour_is_another_person() -> None:
    first, second = fashion(SPELLINGS[0]), fashion(SPELLINGS[0].replace("03_3", "04_3"))
    assert first and second and first.identity != second.identity


def test_market_knows_people_by_number_and_nobody() -> None:
    shots = [
        market(name)
        for name in (
            "0002_c1s1_000451_03.jpg",
            "train\\1488_c5s3_071737_01.jpg.jpg",
            "-1_c5s3_086412_11.jpg",
            "0000_c1s1_000151_01",
        )
    ]
    assert [shot.identity for shot in shots if shot] == ["0002", "1488", None, None]
    assert shots[1] and shots[1].name == "1488_c5s3_071737_01.jpg"


@needs_shared
def test_the_lists_of_deepfashion_hold_so_many_people_and_none_twice() -> None:
    rule, people = published_split("deepfashion"), {}
    for split in ("train", "test"):
        names, half = (LISTS / f"{split}.lst").read_text().split(), rule.half(split)
        shots = [fashion(name) for name in names]
        assert [shot.name for shot in shots if shot] == names  # the usual name is theirs
        people[split] = {shot.identity for shot in shots if shot}
        assert (len(people[split]), len(names), hashed(sorted(names))) == (half.people, half.photos, half.names)
    assert (len(people["train"]), len(people["test"])) == (12_029, 1_000)
    assert people["test"] == held_out("deepfashion") and not people["test"] & people["train"]


@needs_shared
def test_the_8570_pairs_of_deepfashion_are_those_of_the_rule_and_show_one_person_each() -> None:
    pairs = pairs_of(LISTS / "fasion-resize-pairs-test.reconstructed.csv")
    who = {name: fashion(name) for pair in pairs for name in pair}
    people: dict[str, list[str]] = {}
    for name, shot in who.items():
        assert shot and shot.identity in held_out("deepfashion")
        people.setdefault(shot.identity, []).append(name)
    assert len(pairs) == 8_570 and sorted(within(people)) == sorted(pairs)
    assert published_split("deepfashion").test.verdict(pairs) == "the 8,570 published pairs, in an order of our own"
    assert "not the 8,570" in published_split("deepfashion").test.verdict(pairs[1:])


def test_pairs_are_drawn_as_pandas_draws_them() -> None:
    assert drawn(range(10), 4) == [2, 8, 4, 9]  # DataFrame(range(10)).sample(n=4, random_state=0)
    assert sorted(drawn(range(10), 99)) == list(range(10))


def test_lists_are_read_in_every_form(tmp_path: Path) -> None:
    (tmp_path / "pairs.csv").write_text('from,to\n"a,1.jpg",b.jpg\n')
    (tmp_path / "test_pairs.txt").write_text("img/a.jpg,img/b.jpg,img/c.jpg\n")
    (tmp_path / "split.json").write_text('{"train": [["a", "b"]], "test": [["c", "d"]]}')
    assert pairs_of(tmp_path / "pairs.csv") == [("a,1.jpg", "b.jpg")]
    assert pairs_of(tmp_path / "test_pairs.txt") == [("img/b.jpg", "img/a.jpg"), ("img/c.jpg", "img/a.jpg")]
    assert pairs_of(tmp_path / "split.json", "test") == [("c", "d")]
