"""The papers' pages are true: each class exists, each key is in the paper's own recipe, each variant is one."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from zoo.documents.toml import read_toml
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe

PAGES = sorted((Path(__file__).resolve().parents[2] / "docs" / "papers").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_the_page_names_is_there(page: Path) -> None:
    path = catalog().recipes[page.stem]
    document = load_recipe(path, size="paper").model_dump()
    rows = re.findall(r"^\| [^|]+ \| `([\w.]+):(\w+)` \| `([\w.]+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(rows) >= 10
    for module, name, key in rows:
        assert hasattr(import_module(module), name), f"{module}:{name}"
        at = document
        for word in key.split("."):
            assert word in at or word in options_of(at), f"{key}: no {word}"
            at = at.get(word, {})


def options_of(part: dict[str, object]) -> set[str]:
    """The names of the options of a part, set or not."""
    from zoo.recipes.catalog import import_component
    from zoo.recipes.options import options_model

    found = [s.owner(str(part["use"]))[1] for s in catalog().components.values() if part.get("use") in s.items]
    return {name for component in found for name in options_model(component, import_component(component)).model_fields}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_variant_it_names_exists(page: Path) -> None:
    variants = {"full", "parallel"} | read_toml(catalog().recipes[page.stem])["variants"].keys()
    text = page.read_text(encoding="utf-8").partition("## Its tables")[2]
    for name in re.findall(r"`([a-z0-9]+(?:-[a-z0-9]+)*)`", text):
        assert name in variants or "-" not in name or name in catalog().tracks.items, name
