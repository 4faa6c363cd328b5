"""Records and weights from before the wrappers are rewritten into what the recipes say today, and keep what they measured."""

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks import migrate
from tests.support import bare
from zoo.documents.files import assets
from zoo.errors import ZooError
from zoo.model import build
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import make_recipe
from zoo.recipes.request import Request, resolve
from zoo.results.files import read_record, read_records, write_record
from zoo.results.record import Record

RECORDS = read_records([assets() / "benchmarks" / "results"])
BEFORE: dict[str, dict[str, Any]] = {
    "scmnet": {
        "style": {
            "use": "scmnet.decomposed", "channels": 64, "width": 8, "stride": 2, "reach": 2, "affine": "region", "rotate": 30.0,
            "bend": 0.05, "region_drop": 0.1, "face_guest": 0.5, "flip": True, "fuse_start": "identity", "pixels": True,
        },
        "merge": {"use": "scmnet.correlation", "temperature": 0.01, "width": 16, "reach": 2, "own_keys": True, "body": 32},
        "generator": {
            "use": "scmnet.translation", "width": 48, "norm": "none", "shortcut": True, "pose": True, "res_blocks": 3,
        },
    },
    "spgnet": {
        "merge": {"use": "spgnet.warp", "maps": 2, "flow_width": 16, "flow_cap": 48, "skinned": True, "photo": True},
        "generator": {
            "use": "spgnet.dual_path", "scales": 4, "width": 8, "cap": 32, "kernel": 3, "hidden": 16, "spectral": False,
            "blend": True,
        },
    },
    "partflow": {
        "style": {
            "use": "partflow.parts", "channels": 24, "stride": 2, "background": True, "norm": "none", "shortcut": True,
        },
        "merge": {
            "use": "partflow.part_flow", "channels": 64, "flow_width": 8, "flow_cap": 64, "norm": "none", "skinned": True,
            "photo": True,
        },
        "generator": {"use": "partflow.decoder", "width": 64, "norm": "none", "shortcut": True},
    },
    "spt": {
        "style": {"use": "spt.appearance", "width": 12, "cap": 96, "depth": 4, "colours": True},
        "merge": {"use": "spt.skips", "levels": 4, "edge": "repeat", "ground": "background", "head": "upright"},
        "generator": {
            "use": "spt.generator", "width": 12, "cap": 96, "depth": 4, "dropout": 0.0, "shortcut": True,
        },
    },
}  # fmt: skip


def before(name: str) -> dict[str, Any]:
    """A recipe as it was written, resolved, before the wrappers."""
    recipe, _ = resolve(Request(name), catalog())
    document = recipe.model_dump(mode="json") | json.loads(json.dumps(BEFORE[name]))
    if "match" in document["losses"]:
        document["losses"]["match"]["use"] = "scmnet.self_match"
    return document


@pytest.mark.parametrize("name", BEFORE)
def test_an_old_recipe_becomes_today_s(name: str) -> None:
    recipe, _ = resolve(Request(name), catalog())
    found = migrate.migrated(before(name))
    assert found is not None and make_recipe(found, where="test").digest() == recipe.digest()
    assert migrate.migrated(found) == found, "twice is once"


def test_what_today_s_recipes_cannot_say_stays_as_it_was() -> None:
    old = before("partflow") | {"merge": {"use": "base.concat"}}
    assert migrate.migrated(old) is None


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: f"{r.recipe_name}-{r.variant}-{r.id[:6]}")
def test_every_committed_record_is_of_a_recipe_as_it_is_now(record: Record) -> None:
    if record.recipe_name == "partflow" and record.changes:
        pytest.skip("its shortcut read a coarse level smoothly, which no recipe says any more")
    recipe, _ = resolve(Request(record.recipe_name, record.variant, record.track_name, list(record.changes)), catalog())
    assert recipe.digest() == record.recipe_digest
    assert make_recipe(record.recipe.model_dump(mode="json"), where="record").digest() == record.recipe_digest


def test_a_record_keeps_its_scores_and_remembers_its_id(tmp_path: Path) -> None:
    new = next(
        r for r in RECORDS if (r.track_name, r.recipe_name, r.variant, r.changes) == ("figures-64", "spgnet", "full", [])
    )
    content = new.model_dump(mode="json", exclude={"id", "was"}) | {"recipe": before("spgnet"), "recipe_digest": "0" * 64}
    old = Record.of(content | {"weights": {**content["weights"], "sha256": "1" * 64}})
    path = write_record(old, tmp_path)
    assert migrate.migrate_records(tmp_path, {"1" * 64: "2" * 64}) == 1
    assert not path.exists()
    (written,) = (read_record(p) for p in tmp_path.glob("*.json"))
    assert written.was == old.id and written.scores == old.scores and written.recipe_digest == new.recipe_digest
    assert written.weights.sha256 == "2" * 64 and migrate.migrate_records(tmp_path, {}) == 0


def test_weights_find_their_places_inside_what_is_worn() -> None:
    recipe, track = resolve(Request("spgnet"), catalog())
    expected = build(recipe, track, catalog()).model.state_dict()
    old = {bare(name): tensor for name, tensor in expected.items()}
    paint = {k: torch.cat([old.pop(f"generator.paint.{k}"), old.pop(f"generator.share.{k}")]) for k in ("weight", "bias")}
    old |= {f"generator.net.paint.{k}": v for k, v in paint.items()}
    old |= {f"generator.net.reading.{k}": old.pop(f"generator.reading.{k}") for k in ("weight", "bias")}
    found = migrate.migrated_tensors(recipe, old, expected)
    assert found.keys() == expected.keys() and all(torch.equal(found[k], expected[k]) for k in expected)
    with pytest.raises(ZooError, match="cannot place"):
        migrate.migrated_tensors(recipe, {**old, "style.more": torch.zeros(1)}, expected)
