"""Options are typed, defaulted, and never silently ignored."""

from typing import Annotated, Literal

import pytest

from zoo.errors import ZooError
from zoo.hookspecs import Component, Option
from zoo.recipes.options import described, options_model, validated

COMPONENT = Component("merge", "t.merge", "t:Merge")


Width = Annotated[int, Option("channels of the first level", "paper")]


class Merge:
    def __init__(self, context: object, *, levels: int, width: Width = 8, mode: Literal["soft", "hard"] = "soft") -> None: ...


def test_the_schema_is_the_keyword_arguments() -> None:
    fields = options_model(COMPONENT, Merge).model_fields
    assert list(fields) == ["levels", "width", "mode"] and fields["levels"].is_required() and fields["width"].default == 8


def test_an_option_says_what_it_means_and_who_asks_for_it() -> None:
    fields = options_model(COMPONENT, Merge).model_fields
    assert described(fields["width"]) == Option("channels of the first level", "paper")
    assert described(fields["levels"]) is None


def test_defaults_are_filled_in() -> None:
    assert validated(COMPONENT, Merge, {"levels": 2}) == {"levels": 2, "width": 8, "mode": "soft"}


@pytest.mark.parametrize(
    ("options", "what", "fix"),
    [
        ({"levels": 2, "widht": 4}, "t.merge has no option 'widht'", "did you mean 'width'?"),
        ({"levels": 2, "mode": "sofft"}, "option 'mode'", "zoo show t.merge"),
        ({"levels": "many"}, "option 'levels'", "zoo show t.merge"),
        ({}, "option 'levels': Field required", "zoo show t.merge"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], what: str, fix: str) -> None:
    with pytest.raises(ZooError) as error:
        validated(COMPONENT, Merge, options)
    assert what in error.value.what and fix in error.value.fix and error.value.exit_code == 2


def test_a_part_without_options_takes_none() -> None:
    class Plain:
        def __init__(self, context: object) -> None: ...

    assert validated(COMPONENT, Plain, {}) == {}
    with pytest.raises(ZooError, match="has no option 'width'"):
        validated(COMPONENT, Plain, {"width": 1})
