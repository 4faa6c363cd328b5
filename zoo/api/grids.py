"""`zoo.bench`: a grid of recipes, parts, tracks and seeds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from zoo.api.asking import listed
from zoo.documents.names import FULL
from zoo.errors import ZooError, unknown
from zoo.recipes.catalog import catalog
from zoo.suites.bench import Ended, Watch, run
from zoo.suites.building import prepare
from zoo.suites.engines import Engine
from zoo.suites.engines.local import Local, together
from zoo.suites.engines.on_ray import OnRay, Resources
from zoo.suites.places import rooms
from zoo.suites.plan import Schedule
from zoo.suites.suite import Suite, load_suite, suite_of_flags, suites

LOCAL, RAY = "local", "ray"
Names = str | Sequence[str]


@dataclass(frozen=True, eq=False)
class PlannedBench:
    """A grid that is planned: cells with their states and estimates, and what runs them."""

    plan: Schedule  # its state says what is done, and what has failed and why
    engine: Engine
    at_once: int | None  # cells on this machine

    def run(self, *, limit_hours: float | None = None, watch: Watch = lambda event: None) -> Ended:
        """Run what has no record; `watch` is told of everything. It may be interrupted, and the same bench goes on."""
        return run(self.plan, self.engine, limit_hours=limit_hours, watch=watch)


def bench(
    suite: str | Path = "",
    *,
    recipe: Names = (),
    variant: Names = FULL,
    pose: Names = (),
    style: Names = (),
    parsing: Names = (),
    merge: Names = (),
    generator: Names = (),
    changes: str | Iterable[str] | Mapping[str, object] = (),
    track: Names = (),
    seeds: int = 1,
    device: str = "auto",
    precision: str = "",
    engine: str = LOCAL,
    jobs: int | None = None,
    processes: int = 1,
    address: str | None = None,
    cpus: int | None = None,
    gpus: float | None = None,
    memory: float | None = None,
    results: Iterable[str | Path] = (),
    root: str | Path | None = None,
    only: Names = (),
    retry_failed: bool = False,
) -> PlannedBench:
    """Plan a suite, by its name or .toml file, or the grid that the other arguments span; `.run()` runs it.

    Nothing is run before that: `.plan` has the cells, which of them have a record, what the rest will take, and the mixes that
    cannot be. `jobs` cells run at once here, on `processes` processes each, or on the Ray cluster at `address`, which keeps
    `cpus` and `gpus` for each; a cell may need `memory` gigabytes. Cells with a record in `results` count as done; `only` takes
    cells with these words in their title. ZooError for what is neither a suite nor a grid.
    """
    grid = {"recipe": recipe, "variant": variant, "pose": pose, "style": style, "parsing": parsing, "merge": merge}
    names = {kind: several(given) for kind, given in {**grid, "generator": generator}.items()}
    wanted = asked(str(suite), names, listed(changes), several(track), seeds, precision)
    refuse_idle(engine, jobs=jobs, processes=processes != 1, address=address, cpus=cpus, gpus=gpus)
    found = rooms(device, jobs, memory, processes)
    plan = prepare(
        wanted, catalog(), device=found[0].device, results=[Path(folder) for folder in results], only=several(only),
        retry_failed=retry_failed, root=Path(root) if root else None,
    )  # fmt: skip
    if engine == RAY:
        return PlannedBench(plan, OnRay(address, Resources(cpus or 1, 0.0 if device == "cpu" else gpus, memory)), None)
    return PlannedBench(plan, Local(found, together(processes)), len(found))


def several(names: Names) -> list[str]:
    """A list, or names with commas between."""
    return [name.strip() for name in names.split(",") if name.strip()] if isinstance(names, str) else list(names)


def refuse_idle(engine: str, **given: object) -> None:
    """ZooError for an engine that there is not, or an option of the other one."""
    if engine not in (LOCAL, RAY):
        raise unknown("engine", engine, [LOCAL, RAY], where="--engine")
    idle = ("jobs", "processes") if engine == RAY else ("address", "cpus", "gpus")
    if wrong := [option for option in idle if given[option]]:
        what, fix = f"--{wrong[0]} means nothing to --engine {engine}", "leave it out; docs/bench.md says who takes what"
        raise ZooError(what, where="zoo bench", fix=fix, exit_code=2)


def asked(
    name: str, grid: dict[str, list[str]], changes: list[str], track: list[str], seeds: int, precision: str
) -> Suite:  # fmt: skip
    """The suite that the command line names, or makes; ZooError for what is neither, or both."""
    if bool(name) == bool(grid["recipe"]):
        what = "a suite and --recipe exclude each other" if name else "nothing is to be run"
        fix = f"name a suite ({', '.join(suites())}), or recipes with --recipe"
        raise ZooError(what, where="zoo bench", fix=fix, exit_code=2)
    if not name:
        return suite_of_flags(seeds, track, precision or "no", **grid, set=changes)
    idle = [option for option, value in {**grid, "set": changes, "track": track}.items() if value not in ([], [FULL])]
    if idle := idle or ["seeds"] * (seeds != 1):
        raise ZooError(
            f"--{idle[0]} is for benches without a suite", where="zoo bench", fix="write it into the suite", exit_code=2
        )
    loaded = load_suite(name)
    if precision not in ("", "no", "bf16"):
        raise unknown("precision", precision, ["no", "bf16"], where="--precision")
    return loaded.model_copy(update={"precision": precision}) if precision else loaded
