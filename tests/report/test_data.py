"""The data block: everything that is known of a row, what rows share said once, and nothing that is not text or a number."""

import pytest

from tests.results.runs import changed, make_record
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe, variants_of
from zoo.report import Beside
from zoo.report.arenas import arenas
from zoo.report.data import board_data
from zoo.report.recipes import Recipes, flat
from zoo.report.shared import Shared
from zoo.results.ranking import standings
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
from zoo.store.registry import registry


def told(*records: Record, beside: Beside | None = None) -> dict:
    return board_data(arenas(standings(records, {})), beside or Beside())


def rows(data: dict) -> list[dict]:
    (arena,) = data["arenas"]
    return [dict(zip(arena["fields"], row, strict=True)) for row in arena["rows"]]


def test_a_row_tells_its_scores_and_where_they_come_from() -> None:
    scores = {
        "psnr": Interval(mean=20.1234567, low=19, high=21, n=7),
        "masked_ssim": Interval(mean=0.5, low=0.4, high=0.6, n=8),
    }
    record = make_record(scores)
    data = told(record, beside=Beside(mine={record.id}, licences={"a" * 64: "CC0-1.0"}))
    (row,), shared = rows(data), data["shared"]
    assert [m["name"] for m in data["arenas"][0]["metrics"]] == ["masked_ssim", "psnr"]
    assert row["scores"] == [[0.5, 0.4, 0.6], [20.123, 19, 21, 7]], "how many pairs, where it is not all"
    assert row["runs"] == [[0, "a" * 64, record.id]] and (row["mine"], shared[row["licence"]]) == (1, "CC0-1.0")
    assert ["merge", "a.merge", 3, 4] in shared[row["parts"]]
    assert shared[row["hardware"]]["cpu"] == "c" and shared[row["spent"]]["images_seen"] == 20


def test_what_rows_share_is_said_once() -> None:
    data = told(*(make_record(seed=seed, images_seen=10 + seed) for seed in range(5)))
    assert len(rows(data)) == 5 and len(data["recipes"]) == 1
    assert len(data["shared"]) < 5 + len(told(make_record())["shared"]) + 5, "a remark and a budget each, and nothing else"


def settings(data: Recipes, place: int) -> dict[str, str]:
    """What the page makes of a recipe."""
    recipe = data.told[place]
    whole = {} if recipe["base"] == place else settings(data, recipe["base"])
    for path in recipe["gone"]:
        del whole[data.paths.values[path]]
    return whole | {data.paths.values[path]: value for path, value in recipe["set"]}


@pytest.mark.parametrize("name", ["scmnet", "spgnet"])
def test_recipes_come_back_from_their_differences(name: str) -> None:
    path, data = catalog().recipes[name], Recipes(Shared())
    for variant in variants_of(path):
        document = load_recipe(path, variant=variant).model_dump(mode="json")
        record = changed(make_record(), recipe=document, recipe_digest=f"{len(data.told):064x}")
        assert settings(data, data.place(record)).items() >= {("merge.use", document["merge"]["use"])}
        theirs = {key: value for key, value in document.items() if isinstance(value, dict | list) and key != "changes"}
        assert settings(data, len(data.told) - 1).items() >= flat(theirs).items()
    assert len(data.told[0]["set"]) > 3 * len(data.told[1]["set"]), "a variant is told by what it changes"


def test_a_recipe_nested_without_end_is_told_too() -> None:
    deep: dict = {}
    for _ in range(900):
        deep = {"a": deep}
    assert len(flat({"pose": deep})) == 1


def test_every_quoted_ablation_is_a_variant_that_exists() -> None:
    known = {
        name: {"full", *variants_of(path)}
        for name, path in ((name, catalog().recipes[name]) for name in catalog().recipes.items)
    }
    ablations = [row for row in registry().published if row.variant]
    assert len(ablations) == 26
    assert all(row.variant in known[row.paper] for row in ablations)
