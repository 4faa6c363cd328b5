"""The reference says what the code says: `make docs` writes it anew."""

import importlib.util
from pathlib import Path

from zoo.recipes.catalog import catalog

ROOT = Path(__file__).resolve().parents[2]


def test_the_reference_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "reference.py")
    assert spec and spec.loader
    reference = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(reference)
    written = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
    made = reference.pages(catalog())
    assert made.keys() == written.keys(), "run `make docs`"
    for name, text in made.items():
        assert text == written[name], f"{name} is not what the code says: run `make docs`"
