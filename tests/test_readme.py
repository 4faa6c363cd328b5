"""The tables in README.md and benchmarks/README.md say what the records say."""

import importlib
from types import ModuleType

import pytest

from zoo.documents.files import assets

BENCHMARKS = assets() / "benchmarks"


@pytest.fixture
def readme(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("readme")


@pytest.mark.parametrize("name", ["README.md", "benchmarks/README.md"])
def test_tables_are_those_of_the_records(readme: ModuleType, name: str) -> None:
    text = (assets() / name).read_text(encoding="utf-8")
    assert text.count("<!-- end of table -->") == text.count("<!-- table: ") + text.count("<!-- claims -->") + text.count(
        "<!-- passes -->"
    )
    assert readme.filled(text) == text, f"{name} is out of date: python benchmarks/readme.py"


def test_a_pass_is_told_beside_before_its_peer_and_its_aim(readme: ModuleType) -> None:
    asked = {
        "before": "0156a2d",
        "passes": [{"title": "a pass", "of": "spgnet", "what": "forward", "batch": 1, "seconds": 1.0, "times": 1.5}],
    }
    (_, _, (title, before, now, *_, limit, peak, aim)) = readme.passes(asked, BENCHMARKS / "timings")
    assert title == "a pass" and before > now and now.endswith(" s") and limit.endswith("s")
    assert peak.endswith("GB") and aim.startswith("1 s: met in bf16; 1.5 times: met in bf16 (")
