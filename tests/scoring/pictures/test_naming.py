"""Which output belongs to which target, by the names that the field's scripts write."""

from pathlib import Path

import pytest

from zoo.errors import ZooError
from zoo.scoring.pictures.naming import matched, read_pairs, spelt, strips


def paths(*names: str) -> list[Path]:
    return [Path("anywhere") / name for name in names]


@pytest.mark.parametrize(
    "output",
    [
        "b.png",
        "B.JPG",
        "a___b.png",
        "a.jpg___b.jpg_vis.jpg",
        "a_2_b_vis.png",
        "a_to_b.png",
        "a_b.jpg",
    ],
)
def test_an_output_is_known_by_every_spelling_of_the_field(output: str) -> None:
    [couple] = matched(paths(output), paths("b.jpg", "c.jpg"), paths("a.jpg")).couples
    assert (couple.output.name, couple.target.name, couple.target_name) == (output, "b.jpg", "b")
    assert (couple.source is None) == (spelt(output) == "b")


def test_names_with_the_joints_inside_are_cut_where_a_target_is_known() -> None:
    [couple] = matched(paths("01_2_side_2_02_1_front.png"), paths("02_1_front.jpg"), paths("01_2_side.jpg")).couples
    assert couple.source and (couple.target.name, couple.source.name) == ("02_1_front.jpg", "01_2_side.jpg")


def test_letters_in_two_pieces_and_old_spellings_are_one_name() -> None:
    [couple] = matched(paths("fasionWOMENe\u0301.png"), paths("fashionWOMEN\u00e9.jpg")).couples
    assert couple.target.name == "fashionWOMEN\u00e9.jpg"


def test_what_does_not_match_is_told_and_never_guessed() -> None:
    found = matched(
        paths("a.png", "a.jpg", "b.png", "x.png", "c_d_e.png"), paths("a.jpg", "b.jpg", "e.jpg", "d_e.jpg", "c.jpg", "c_d.jpg")
    )
    assert [c.name for c in found.couples] == ["b"]
    assert found.left_out == ["a.jpg", "a.png", "c_d_e.png", "x.png"]  # two outputs of one name; two ways to cut; no target
    with pytest.raises(ZooError, match="no output belongs to a target"):
        matched(paths("x.png"), paths("y.png"))


def test_a_list_says_what_counts_and_what_is_missing(tmp_path: Path) -> None:
    csv = tmp_path / "pairs.csv"
    csv.write_text('from,to\na.jpg,b.jpg\n"a,1.jpg",c.jpg\nb.jpg,a.jpg\n')
    found = matched(paths("a___b.png", "a,1_2_c.png", "b___c.png"), paths("a.jpg", "b.jpg", "c.jpg"), (), read_pairs(csv))
    assert [c.name for c in found.couples] == ["a,1_2_c", "a___b"]
    assert found.missing == ["b.jpg -> a.jpg"] and found.left_out == ["b___c.png"]


def test_a_list_without_the_columns_is_refused(tmp_path: Path) -> None:
    csv = tmp_path / "pairs.csv"
    for content in (b"source,target\na,b\n", b"from,to\na\n", b"\xff\xfe,to\n"):
        csv.write_bytes(content)
        with pytest.raises(ZooError, match="no table of the columns from and to"):
            read_pairs(csv)


def test_a_strip_shows_its_own_target() -> None:
    [couple] = strips(paths("a.jpg___b.jpg_vis.jpg")).couples
    assert couple.output == couple.target and couple.target_name == "b"
