"""Whatever a document holds, it is read or refused in our words: what, where and the mend, never pydantic's."""

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from zoo.documents.files import assets
from zoo.documents.strict import validated_model
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.track import Track
from zoo.scoring.pictures.document import PictureProtocol
from zoo.scoring.pictures.shelf import shipped
from zoo.store.registry import WeightsEntry

PYDANTIC = re.compile(
    r"Input should|Value error|Field required|valid (string|integer|number|boolean|list|dictionary)|Extra inputs|pydantic"
)
EXTREME = [
    float("nan"),
    float("inf"),
    -1,
    0,
    1e308,
    2**70,
    10**400,
    "",
    "x" * 300,
    "../x",
    "\x1b[2J",
    None,
    [],
    {},
    True,
    "none",
]


def documents() -> dict[str, dict[str, Any]]:
    """A document of every schema that people write."""
    recipe = tomllib.loads(catalog().recipes["spgnet"].read_text())
    track = tomllib.loads(catalog().tracks["figures-64"].read_text())
    registry = tomllib.loads((assets() / "registry.toml").read_text())
    protocol = tomllib.loads(shipped()["spgnet-fashion"].read_text())
    return {"recipe": recipe, "track": track, "weights": registry["weights"][0], "protocol": protocol}


DOCUMENTS = documents()
SCHEMAS: dict[str, type[BaseModel]] = {"track": Track, "weights": WeightsEntry, "protocol": PictureProtocol}
scalars = st.sampled_from(EXTREME) | st.text(max_size=5) | st.integers() | st.floats()
anything = st.recursive(scalars, lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=5), x, max_size=3))


@st.composite
def mutated(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """The document with something in it replaced, added under a wrong key, or gone."""

    def change(value: Any, depth: int) -> Any:
        inside = isinstance(value, dict | list) and value and (depth == 0 or draw(st.booleans()))
        if not inside:
            return draw(anything)
        if isinstance(value, list):
            spot = draw(st.integers(0, len(value) - 1))
            return [change(v, depth + 1) if i == spot else v for i, v in enumerate(value)]
        key = draw(st.sampled_from(sorted(value)))
        way = draw(st.sampled_from(["inside", "gone", "misspelt"]))
        if way == "inside":
            return {k: change(v, depth + 1) if k == key else v for k, v in value.items()}
        rest = {k: v for k, v in value.items() if k != key}
        return rest if way == "gone" else {**rest, key[:-1] + "x": value[key]}

    return dict(change(document, 0))


def refused_in_our_words(read: Callable[[], object]) -> None:
    try:
        read()
    except ZooError as error:
        assert error.what and error.where and error.fix, str(error)
        assert not PYDANTIC.search(str(error)), str(error)
        assert "\x1b" not in str(error)
        str(error).encode()


@given(mutated(DOCUMENTS["track"]))
def test_any_track_is_read_or_refused(document: dict[str, Any]) -> None:
    refused_in_our_words(lambda: validated_model(Track, document, "track"))


@given(mutated(DOCUMENTS["weights"]))
def test_any_entry_of_the_registry_is_read_or_refused(document: dict[str, Any]) -> None:
    refused_in_our_words(lambda: validated_model(WeightsEntry, document, "registry"))


@given(mutated(DOCUMENTS["protocol"]))
def test_any_protocol_of_pictures_is_read_or_refused(document: dict[str, Any]) -> None:
    refused_in_our_words(lambda: validated_model(PictureProtocol, document, "protocol").digest())


@given(mutated(DOCUMENTS["recipe"]), st.sampled_from(["", "small", "paper"]), st.sampled_from(["full", "baseline", "patn-s"]))
def test_any_recipe_is_read_or_refused(document: dict[str, Any], size: str, variant: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("zoo.recipes.loading.read_toml", lambda _: document)
        refused_in_our_words(lambda: load_recipe(Path("some.toml"), size=size, variant=variant).digest())


keys = st.sampled_from([
    "merge", "merge.flow_width", "losses.rec.weight", "losses.rec", "losses.new.weight", "phases.main.lr", "phases.main.betas",
    "phases.main", "phases", "losses", "parsing", "ema", "name", "pairing", "size", "phases.none.lr", "merge.use", "oracle",
])  # fmt: skip
words = st.text(max_size=8) | st.sampled_from([
    "none", "inf", "nan", "1e999", "-1", "[]", "{}", "[[1]]", "true", "'x'", "0", "[" * 3000 + "]" * 3000, "9" * 5000,
])  # fmt: skip


@given(st.lists(st.tuples(keys, words), min_size=1, max_size=3))
def test_any_change_is_made_or_refused(changes: list[tuple[str, str]]) -> None:
    given_changes = [f"{key}={value}" for key, value in changes]
    refused_in_our_words(lambda: load_recipe(catalog().recipes["spgnet"], size="small", changes=given_changes).digest())


@pytest.mark.parametrize(
    ("schema", "key"),
    [(name, key) for name, model in SCHEMAS.items() for key, field in model.model_fields.items() if field.is_required()],
)
def test_a_misspelt_key_is_not_called_missing(schema: str, key: str) -> None:
    document, misspelt = DOCUMENTS[schema], key[:-2] + key[:-3:-1] + "e"
    with pytest.raises(ZooError) as refused:
        validated_model(SCHEMAS[schema], {misspelt if k == key else k: v for k, v in document.items()}, schema)
    assert refused.value.what == f"unknown key {misspelt!r}"
    assert refused.value.fix.startswith(f"did you mean {key!r}?")
