"""A track is known by what its rows are compared by, and by nothing else that it says."""

from pathlib import Path
from typing import Any

import pytest

from zoo.recipes.track import Track


def track(**changes: Any) -> Track:
    content = {"name": "t", "dataset": "a.data", "size": [64, 64], "protocol": "figures-v1", "judge": "a.judge"}
    return Track.model_validate({**content, "budget": {"steps": 10, "batch": 2}, **changes})


@pytest.mark.parametrize(
    "change",
    [
        {"name": "u"}, {"dataset": {"use": "a.data", "people": 3}}, {"size": [64, 32]}, {"scale": "paper"},
        {"protocol": "photos-v1"}, {"features": "a.net"}, {"judge": "b.judge"}, {"budget": {"steps": 11, "batch": 2}},
    ],
    ids=str,
)  # fmt: skip
def test_another_arena_has_another_digest(change: dict[str, Any]) -> None:
    assert track(**change).digest() != track().digest()


@pytest.mark.parametrize(
    "change", [{"summary": "words"}, {"quotes": "a set"}, {"detector": "a.detector"}, {"codec": "a.codec"}, {"features": None}],
    ids=str,
)  # fmt: skip
def test_what_no_row_is_compared_by_changes_none(change: dict[str, Any]) -> None:
    assert track(**change).digest() == track().digest()


def test_where_the_data_lies_is_no_part_of_it() -> None:
    here = track(dataset={"use": "a.data", "people": 3}).at(Path("/here"))
    there = track(dataset={"use": "a.data", "people": 3, "root": "/there", "shards": "/fast"})
    assert here.dataset.options["root"] == "/here"
    assert here.digest() == there.digest() and here.portable() == there.portable() and "root" not in str(there.portable())
