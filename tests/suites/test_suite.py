"""What a suite says, the cells it makes, and what of them is to be run."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.suites.conftest import record_of
from zoo.documents.strict import validated_model
from zoo.errors import ZooError
from zoo.recipes.catalog import catalog
from zoo.results.files import write_record
from zoo.results.hardware import Hardware
from zoo.results.record import PartCost, Record
from zoo.suites.building import try_out
from zoo.suites.cells import SuiteCell, expand
from zoo.suites.estimates import PER_PARAMETER, estimate
from zoo.suites.jobs import Job, steps
from zoo.suites.places import Card, Room, rooms
from zoo.suites.plan import Schedule, schedule, weigh
from zoo.suites.suite import Suite, load_suite, suites

MACHINE = Hardware(cpu="a processor", cores=2)


def suite_of(**grid: object) -> Suite:
    return validated_model(Suite, {"name": "one", "grid": [{"recipe": "scmnet", **grid}]}, where="a test")


def cells_of(**grid: object) -> list[SuiteCell]:
    return expand(suite_of(**grid), catalog())[0]


def changes(**grid: object) -> list[list[str]]:
    return [cell.request.changes for cell in cells_of(**grid)]


def test_a_suite_is_every_combination_with_every_seed_and_each_once(plan: Schedule) -> None:
    assert [cell.title for cell in plan.cells] == [
        "copy on tiny, seed 0", "mean on tiny, seed 0", "spgnet on tiny, seed 0", "spgnet (oracle) on tiny, seed 0",
        "scmnet on tiny, seed 0", "scmnet (merge=base.adain) on tiny, seed 0",
        "mean on tiny, seed 1", "spgnet on tiny, seed 1", "spgnet (oracle) on tiny, seed 1",
        "scmnet on tiny, seed 1", "scmnet (merge=base.adain) on tiny, seed 1",
    ]  # fmt: skip


def test_a_part_is_a_component_one_with_options_another_recipe_s_or_none() -> None:
    assert changes(merge=["scmnet.correlation", "base.adain"]) == [[], ["merge=base.adain"]]
    worn = {"use": "base.concat", "wear": {"use": "base.photo_in_style", "lowest": 0}}
    assert changes(merge=worn) == [["merge=base.concat", 'merge.wear={ use = "base.photo_in_style", lowest = 0 }']]
    assert changes(generator="scmnet") == [[]]
    [taken] = cells_of(style="partflow")
    assert taken.recipe.style == cells_of(recipe="partflow")[0].recipe.style
    assert changes(recipe="spgnet", variant="baseline", parsing="none") == [[]]


@pytest.mark.parametrize(
    ("grid", "told"),
    [
        ({"merge": "base.adian"}, "did you mean 'base.adain'"),
        ({"merge": "base.heatmaps"}, "'base.heatmaps' is a pose, not a merge"),
        ({"recipe": "scmnett"}, "did you mean 'scmnet'"),
        ({"variant": "wo-bsrr"}, "did you mean 'wo-bsr'"),
        ({"track": "figures-46"}, "did you mean 'figures-64'"),
        ({"merges": "base.adain"}, "did you mean 'merge'"),
        ({"set": "phases.mian.lr=1"}, "did you mean 'main'"),
    ],
)
def test_a_misspelt_name_is_no_impossible_mix(grid: dict[str, str], told: str) -> None:
    with pytest.raises(ZooError, match=told):
        cells_of(**grid)


def test_what_cannot_be_is_refused_with_its_mend_and_the_rest_goes_on() -> None:
    cells, refused = expand(suite_of(pose=["base.heatmaps", "base.edges"], merge=["base.adain", "base.stay"]), catalog())
    assert [cell.request.changes for cell in cells] == [["merge=base.adain"], ["merge=base.stay"]]
    assert [r.title for r in refused] == [
        f"scmnet (pose=base.edges, merge={merge}) on figures-64" for merge in ("base.adain", "base.stay")
    ]
    assert "needs edges" in refused[0].why and refused[0].mend


def test_what_only_building_tells_is_refused_as_well() -> None:
    suite = suite_of(merge=["base.adain", "base.stay"], generator=["scmnet.translation", "base.show"])
    plan = schedule(suite, catalog())
    before = len(plan.cells)
    try_out(plan, catalog())
    assert plan.refused and len(plan.cells) + len(plan.refused) == before
    assert all(r.why and r.mend for r in plan.refused)


def test_a_fraction_is_drawn_by_its_seed_and_lets_all_choices_meet() -> None:
    axes = {
        "merge": ["base.adain", "base.concat", "base.stay", "base.xattn"],
        "variant": ["full", "wo-bsr", "wo-ccf", "wo-dse"],
    }
    some, again, other = (changes(**axes, fraction=0.5, draw=draw) for draw in (1, 1, 2))
    assert some == again != other and len(some) == 8
    for axis in ("merge", "variant"):
        seen = [cell.levels[axis] for cell in cells_of(**axes, fraction=0.5, draw=1)]
        assert {seen.count(level) for level in axes[axis]} <= {1, 2, 3}


def test_a_cell_with_a_record_anywhere_is_done(suite: Suite, plan: Schedule, tmp_path: Path) -> None:
    here, there, other = plan.cells[1], plan.cells[4], plan.cells[9]
    write_record(record_of(here), Path("runs/results"))
    write_record(record_of(there), tmp_path / "elsewhere")
    short = record_of(other).model_dump(mode="json", exclude={"id"})
    short["weights"]["images_seen"] = 2
    write_record(type(record_of(other)).of(short), Path("runs/results"))
    (tmp_path / "elsewhere" / "broken.json").write_text("{")
    again = schedule(suite, catalog(), results=[tmp_path / "elsewhere"])
    assert [cell.key for cell in plan.cells if cell not in (here, there)] == [cell.key for cell in again.todo()]


def test_only_takes_words_of_titles(suite: Suite) -> None:
    plan = schedule(suite, catalog(), only=["scmnet", "seed 1"])
    assert {cell.title for cell in plan.cells} == {"scmnet on tiny, seed 1", "scmnet (merge=base.adain) on tiny, seed 1"}
    with pytest.raises(ZooError, match="unknown cell 'scment'"):
        schedule(suite, catalog(), only=["scment"])


def test_what_shares_a_training_is_trained_once(plan: Schedule) -> None:
    [job] = [job for job in plan.jobs() if "spgnet" in job.title and job.leader.request.seed == 1]
    walk = steps(job, "cpu")
    train = next(walk)
    _learnt(job)
    [score] = walk
    assert train.arguments[0] == "run" and "--from-scratch" in train.arguments
    assert score.arguments[-3:] == ("--weights", str(job.leader.weights), "--json") and "oracle" in score.arguments
    job.leader.weights.unlink()
    write_record(record_of(job.leader), Path("runs/results"))
    plan.known.look()
    [left] = [job for job in plan.jobs() if "spgnet" in job.title and job.leader.request.seed == 1]
    again, score = steps(left, "cpu")
    assert (again.arguments[0], again.records, score.cell.recipe.variant) == ("train", False, "oracle")
    _learnt(left)
    assert [step.arguments[0] for step in steps(left, "cpu")] == ["run"], "weights that are there are not trained again"


def _learnt(job: Job) -> None:
    job.leader.folder.mkdir(parents=True, exist_ok=True)
    job.leader.weights.touch()


def test_an_estimate_is_of_the_nearest_records(plan: Schedule) -> None:
    mean, scmnet, adain = (plan.cells[i] for i in (1, 4, 5))
    assert estimate(mean, [], MACHINE) is None
    own, other = record_of(scmnet, seconds=90.0), record_of(mean, seconds=10.0)
    told = estimate(scmnet, [own, other], own.hardware)
    assert told and told.seconds == pytest.approx(91.0) and told.basis == "1 record of it on this hardware"
    assert (near := estimate(adain, [own, other], MACHINE)) and "nearest mix on another processor" in near.basis
    scored = estimate(scmnet, [own], MACHINE, trains=False)
    assert scored and scored.seconds == pytest.approx(1.0)
    weigh(plan, MACHINE)
    assert {*plan.estimates} == {cell.id for cell in plan.todo()}, "the committed records tell something of every cell"


def test_an_estimate_grows_with_the_budget_the_image_and_the_parameters(plan: Schedule) -> None:
    cell = plan.cells[4]
    small = record_of(cell, seconds=90.0)
    parts = {"merge": PartCost(component="m", parameters=1000, macs=0)}
    large = Record.of(small.model_dump(mode="json", exclude={"id"}) | {"parts": parts})
    budget = cell.track.budget.model_copy(update={"steps": 3 * cell.track.budget.steps})
    larger = replace(cell, track=cell.track.model_copy(update={"size": (128, 128), "budget": budget}))
    told, bare = estimate(larger, [large], MACHINE), estimate(larger, [small], MACHINE)
    assert told and bare and told.seconds == pytest.approx(4 * 1.0 + 4 * 3 * 90.0)
    assert told.bytes - bare.bytes == PER_PARAMETER * 1000


def test_cores_and_cards_are_shared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda process: range(8))
    monkeypatch.setattr("zoo.suites.places.cards", lambda: [Card("a card", 80.0)] * 4)
    assert rooms("cpu", 2, 0.01) == [Room("cpu", 4)] * 2
    assert rooms("cpu", 2, 0.01, processes=2) == [Room("cpu", 2)] * 2
    assert rooms("cuda", 2, 1.0, processes=2) == [Room("cuda", 2, "0,1"), Room("cuda", 2, "2,3")]
    with pytest.raises(ZooError, match="4 devices cannot be shared by cells of 3 processes"):
        rooms("cuda", processes=3)


def test_there_is_room_for_no_more_cells_than_fit_into_memory() -> None:
    assert len(rooms("cpu", 5, 0.1)) == 5
    assert len(rooms("cpu", 5, 1e6)) == 1
    assert [room.device for room in rooms("cuda:0,cuda:1", 3, 0.1)] == ["cuda:0", "cuda:1", "cuda:0"]
    assert all(room.threads >= 1 for room in rooms("cpu", 64, 0.01))


@pytest.mark.parametrize("name", sorted(suites()))
def test_the_zoo_s_own_suites_name_what_there_is(name: str) -> None:
    suite = load_suite(name)
    assert suite.name == name and suite.summary
    cells, _ = expand(suite, catalog())
    assert len(cells) == len({cell.key for cell in cells}) > 0


def test_a_suite_that_is_none_names_those_there_are() -> None:
    with pytest.raises(ZooError, match="did you mean 'papers'"):
        load_suite("paper")
    assert json.dumps(sorted(suites()))
