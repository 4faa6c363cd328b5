"""Vocabularies and remaps are data, tested against what was published."""

import numpy as np
import pytest
from PIL import Image

from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.regions import FIGURE, REMAPS, VOCABULARIES, figure_table, remap_table, vocabulary
from zoo.skeleton import JOINT_FLIP, JOINT_GROUPS, JOINT_NAMES, LIMBS


def test_joint_flip_is_an_involution_that_swaps_left_and_right() -> None:
    for joint, other in enumerate(JOINT_FLIP):
        assert JOINT_FLIP[other] == joint
        swapped = JOINT_NAMES[joint].replace("r_", "?_").replace("l_", "r_").replace("?_", "l_")
        assert JOINT_NAMES[other] == swapped


def test_limbs_and_groups_cover_all_joints() -> None:
    assert {j for limb in LIMBS for j in limb} == set(range(18)) and len(LIMBS) == 17
    for groups in JOINT_GROUPS.values():
        assert {j for group in groups.values() for j in group} == set(range(18))


@pytest.mark.parametrize("name", VOCABULARIES)
def test_vocabularies_are_well_formed(name: str) -> None:
    v = vocabulary(name)
    expected = int("".join(c for c in name if c.isdigit()))
    assert len(v) == expected == len(set(v.labels))
    assert {v.labels[a] for a, _ in v.flip} == {label for label in v.labels if label.startswith("l_")}
    for a, b in v.flip:
        assert v.labels[a].replace("l_", "r_") == v.labels[b]


@pytest.mark.parametrize("name", sorted(VOCABULARIES.keys() - {"pinet12", "face8"}))  # without names, and without a body
def test_every_vocabulary_tells_a_figure_from_what_is_none(name: str) -> None:
    words = vocabulary(name)
    kinds = {label: (*FIGURE, "none")[kind] for label, kind in zip(words.labels, figure_table(words), strict=True)}
    assert kinds["background"] == "none" and kinds["hair"] == "head" and {"head", "arm", "cloth"} <= {*kinds.values()}
    known = {"face": "head", "arms": "arm", "l_arm": "arm", "pants": "leg", "r_leg": "leg", "upper": "cloth", "skirt": "cloth"}
    assert all(kinds[label] == known[label] for label in kinds.keys() & known.keys())


@pytest.mark.parametrize(("source", "target"), REMAPS)
def test_remaps_send_every_label_somewhere_and_background_to_background(source: str, target: str) -> None:
    for table in REMAPS[source, target].values():
        assert len(table) == len(vocabulary(source))
        assert all(0 <= label < len(vocabulary(target)) for label in table)
        assert vocabulary(target).labels[table[0]] == "background"


def test_mirrored_labels_change_places_as_their_authors_number_them() -> None:
    assert vocabulary("cihp20").flip == vocabulary("lip20").flip == ((14, 15), (16, 17), (18, 19))
    assert vocabulary("atr18").flip == ((9, 10), (12, 13), (14, 15))


@needs_shared
def test_the_mirrored_labels_of_cihp_are_the_labels_with_sides_changed() -> None:
    folder, sides = SHARED / "fixtures" / "cihp_pgn_samples", np.arange(20)
    for a, b in vocabulary("cihp20").flip:
        sides[[a, b]] = b, a
    for path in sorted((folder / "labels").glob("*.png")):
        ours, theirs = (np.array(Image.open(p)) for p in (path, folder / "labels_rev" / path.name))
        assert (sides[ours][:, ::-1] == theirs).mean() > 0.99


# target label -> source labels, as published
PUBLISHED = {
    ("scm8", "scm"): {1: {9, 10}, 2: {1, 2}, 3: {12}, 4: {4, 13}, 5: {5, 6, 7, 11}, 6: {3, 14, 15}, 7: {8, 16, 17, 18, 19}},
    ("scm8", "scm-dress-as-skirt"): {1: {9, 10}, 2: {1, 2}, 3: {6, 12}, 4: {4, 13}, 5: {5, 7, 11}, 6: {3, 14, 15}},
    ("scm8", "adgan"): {1: {9}, 2: {1, 2}, 3: {12}, 4: {4, 10, 13}, 5: {5, 6, 7, 11}, 6: {3, 14, 15}, 7: {8, 16, 17, 18, 19}},
    ("scm8", "casd"): {1: {9, 12}, 2: {1, 2}, 3: {3}, 4: {4, 13}, 5: {5, 6, 7, 10, 11}, 6: {14, 15}, 7: {8, 16, 17, 18, 19}},
    ("groupdnet8", "groupdnet"): {
        0: {1, 2}, 1: {4, 13}, 2: {10, 14, 15, 16, 17}, 3: {3, 5, 6, 7, 11}, 4: {9, 12}, 5: {8}, 6: {18, 19},
    },
    ("spt10", "spt"): {
        1: {4, 10, 13}, 2: {1, 2}, 3: {5, 6, 7, 11}, 4: {9}, 5: {12}, 6: {3, 14}, 7: {15}, 8: {8, 16, 18}, 9: {17, 19},
    },
    ("vitonhd13", "vitonhd"): {
        0: {0, 10}, 1: {1, 2}, 2: {4, 13}, 3: {5, 6, 7}, 4: {9, 12}, 5: {14}, 6: {15}, 7: {16}, 8: {17}, 9: {18}, 10: {19},
        11: {8}, 12: {3, 11},
    },
    ("acgpn14", "acgpn"): {
        0: {0, 3, 11}, 1: {1, 2}, 4: {5, 6, 7}, 5: {18}, 6: {19}, 8: {8, 9, 12}, 9: {16}, 10: {17}, 11: {14}, 12: {4, 10, 13},
        13: {15},
    },
}  # fmt: skip


@pytest.mark.parametrize(("target", "preset"), PUBLISHED)
def test_published_remaps(target: str, preset: str) -> None:
    table = remap_table("cihp20", target, preset)
    for label, sources in PUBLISHED[target, preset].items():
        assert {s for s, t in enumerate(table) if t == label} == sources


SAME = {"background": "background", "hair": "hair", "face": "face", "upper": "upper", "pants": "pants", "bottom": "pants",
        "skirt": "skirt", "hat": "hair", "dress": "upper", "noise": "background", "bag": "background"}  # fmt: skip


@pytest.mark.parametrize("source", ["atr18", "vitonhd13", "acgpn14"])
def test_words_of_others_keep_their_meaning_and_their_side(source: str) -> None:
    words = vocabulary(source).labels
    spt, scm, cihp = (
        dict(zip(words, (vocabulary(to).labels[t] for t in remap_table(source, to)), strict=True))
        for to in ("spt10", "scm8", "cihp20")
    )
    for label in spt:
        if label in SAME:
            assert spt[label] == scm[label] == SAME[label]
        if label[:2] in ("l_", "r_"):
            assert spt[label] == label.replace("shoe", "leg") and cihp[label] == label and scm[label] in ("arms", "legs")
        if label in vocabulary("cihp20").labels:
            assert cihp[label] == label


def test_ccp59_goes_where_the_labels_of_its_own_photos_went() -> None:
    """Garments by name; skin and shoes, whose limb only joints tell, to the face and the left leg."""
    words = {59: vocabulary("ccp59"), 10: vocabulary("spt10"), 8: vocabulary("scm8")}
    known = {"background": "background", "hat": "hair", "dress": "upper", "jeans": "pants", "skirt": "skirt", "skin": "face",
             "shoes": "l_leg", "watch": "l_arm", "bag": "background", "wedges": "l_leg"}  # fmt: skip
    spt, scm = remap_table("ccp59", "spt10"), remap_table("ccp59", "scm8")
    for label, to in known.items():
        i = words[59].index(label)
        assert words[10].labels[spt[i]] == to
        assert words[8].labels[scm[i]] == {"l_leg": "legs", "l_arm": "arms"}.get(to, to)
    assert [words[59].index(w) for w in ("hair", "skin", "wedges")] == [19, 41, 58]  # as label_list.mat numbers them


@needs_shared
def test_ccp59_maps_become_the_spt10_maps_beside_them() -> None:
    """Every label that is of one SPT-10 label in the photos; limbs were told apart there by joints."""
    folder, table = SHARED / "photos" / "ccp176", np.array(remap_table("ccp59", "spt10"))
    for path in sorted((folder / "parse59").glob("*.png"))[:60]:
        ours, theirs = (np.array(Image.open(folder / p / path.name)) for p in ("parse59", "parse10"))
        limbs = np.isin(theirs, (6, 7, 8, 9))
        assert (table[ours] == theirs)[~limbs].all()


def test_same_vocabulary_is_the_identity() -> None:
    assert remap_table("scm8", "scm8") == tuple(range(8))


def test_errors_name_the_nearest() -> None:
    for near, name in (("cihp2", "cihp20"), ("cihp", "cihp20"), ("lip", "lip20"), ("atr", "atr18"), ("viton", "vitonhd13")):
        with pytest.raises(ZooError, match=f"did you mean '{name}'"):
            vocabulary(near)
        with pytest.raises(ZooError, match=f"did you mean '{name}'"):
            remap_table(near, "scm8")
    with pytest.raises(ZooError, match="upper"):
        vocabulary("scm8").index("uper")
    with pytest.raises(ZooError, match="can become"):
        remap_table("scm8", "cihp20")
    with pytest.raises(ZooError, match="adgan"):
        remap_table("cihp20", "scm8", "adgn")
