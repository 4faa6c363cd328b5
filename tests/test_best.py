"""`zoo.best`: on each track that it names, what leads the board and ships with weights."""

from dataclasses import replace

import pytest

from zoo.documents.files import assets
from zoo.documents.names import BASELINES, BEST, FULL
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.recipes.trained import as_trained
from zoo.results.files import read_records
from zoo.results.pairs import read_all_pairs
from zoo.results.ranking import standings
from zoo.store.registry import Alias, aliases_of, find_weights, registry

RESULTS = assets() / "benchmarks" / "results"


def rank_of(alias: Alias) -> int:
    """The place of what the alias stands for on its track's board, baselines left out; 1 is shared."""
    recipe, track = resolve(Request(alias.name, track=alias.track), catalog())
    records = [r for r in read_records([RESULTS]) if (r.track_digest, r.protocol) == (track.digest(), track.protocol)]
    [board] = standings(records, read_all_pairs(records, [RESULTS]), alias.by or None)
    rows = [row for row in board.rows if row.rank is not None]
    trivial = [(name, FULL) for name in BASELINES]  # no methods, whatever a metric says of them
    rivals = [row for row in rows if (row.contender.record.recipe_name, row.contender.record.variant) not in trivial]
    [mine] = [row.rank for row in rivals if row.contender.record.recipe_digest == recipe.digest()]
    return 1 + sum(row.rank < mine for row in rivals if row.rank and mine)


@pytest.mark.parametrize("alias", registry().aliases, ids=lambda alias: f"{alias.name} on {alias.track}")
def test_it_leads_the_board_and_ships(alias: Alias) -> None:
    recipe, track = resolve(Request(alias.name, track=alias.track), catalog())
    assert not recipe.phases or find_weights(as_trained(recipe, catalog()).digest(), track.name), (
        f"{alias} has no weights on {track.name}"
    )
    assert rank_of(alias) == 1, f"{alias} does not lead the board of {track.name} any more: name what does in registry.toml"


def test_a_recipe_that_does_not_lead_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    best = next(alias for alias in aliases_of(BEST) if alias.track == "figures-64")
    stale = best.model_copy(update={"recipe": "scmnet", "variant": FULL})
    monkeypatch.setattr("zoo.recipes.request.find_alias", lambda name, track: stale)
    assert rank_of(stale) > 1


def test_it_is_the_recipe_under_its_own_name() -> None:
    alias = next(alias for alias in aliases_of(BEST) if alias.track == "figures-64")
    own = Request(alias.recipe, alias.variant, changes=alias.changes)
    assert resolve(Request(BEST), catalog())[0] == resolve(own, catalog())[0]
    asked = replace(own, variant="oracle", changes=[*alias.changes, "ema=0.5"])
    assert resolve(Request(BEST, "oracle", changes=["ema=0.5"]), catalog())[0] == resolve(asked, catalog())[0]


def test_where_it_stands_for_nothing_the_tracks_are_named() -> None:
    with pytest.raises(ZooError, match="stands for nothing on track figures-256") as error:
        resolve(Request(BEST, track="figures-256"), catalog())
    assert all(alias.track in error.value.fix for alias in aliases_of(BEST))
    with pytest.raises(ZooError) as error:
        resolve(Request("zoo.bst"), catalog())
    assert f"did you mean {BEST!r}" in error.value.fix


def test_photographs_are_served_by_it() -> None:
    assert registry().defaults.photo in [alias.track for alias in aliases_of(BEST)]
