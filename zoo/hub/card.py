"""The card: a record made readable, as README.md and as evaluation results that the Hub lists. Imports no torch."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC
from html import escape

from zoo.documents.columns import amount
from zoo.documents.names import FULL
from zoo.errors import visible
from zoo.hub.parcel import PAIRS, RECORD, STRIP, Parcel
from zoo.recipes.catalog import catalog
from zoo.recipes.recipe import Recipe
from zoo.recipes.track import Track
from zoo.report.arenas import remark
from zoo.results.record import Record
from zoo.scoring.intervals import Interval
from zoo.scoring.protocols import PROTOCOLS, Metric
from zoo.store.folder import RECIPE, TRACK, WEIGHTS

NOT_FOR = (
    "Pictures of real people in poses they never took can hurt them. Do not use this model to show anybody without their "
    "consent, to undress or sexualise anybody, to pass pictures off as photographs of what happened, or to recognise, track "
    "or judge people. It was made to compare methods: its scores say nothing of people who look otherwise than those of its "
    "data. Whoever shows its pictures says that they were made."
)
UNKNOWN = "not told here; ask whoever made the data set"


def card(parcel: Parcel, recipe: Recipe, track: Track, repo: str, licence: str) -> str:
    """README.md: the Hub's header, and the record for people."""
    record = parcel.record
    blocks = [
        _header(licence),
        f"# {_title(record)}",
        _plain(recipe.summary),
        f"Paper: {_plain(recipe.paper)}." if recipe.paper else "",
        f"![Source, target pose, output and truth of fixed test pairs]({STRIP})" if parcel.painted else "",
        *_scores(record),
        *_made(record, track),
        "## What it must not be used for",
        NOT_FOR,
        *_use(parcel, repo, licence),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _header(licence: str) -> str:
    """What the Hub reads: YAML between rules."""
    from huggingface_hub import ModelCardData

    known = licence if re.fullmatch("[a-z0-9.-]+", licence) else "other" if licence else None  # the Hub has a list of them
    about = ModelCardData(
        license=known, library_name="posezoo", pipeline_tag="image-to-image",
        tags=["pose-guided-person-image-generation", "person-image-generation", "pose-transfer"],
    )  # fmt: skip
    return f"---\n{about.to_yaml()}\n---"


def _title(record: Record) -> str:
    words = [record.recipe_name, *([record.variant] if record.variant != FULL else []), *record.changes]
    return _plain(f"{' '.join(words)} on {record.track_name}, seed {record.seed}")


def _scores(record: Record) -> Iterator[str]:
    yield "## Scores"
    said = remark(record)
    yield _plain(
        f"Protocol {record.protocol}, version {record.protocol_version}, {record.pairs:,} test pairs; intervals of 95 % by a "
        "bootstrap over people." + (f" Not ranked as others are: {said}." if said else "")
    )
    rows = [(m.name, *_score(record.scores[m.name], m), m.description) for m in _metrics(record)]
    yield _table(("score", "mean", "95 % interval", "pairs", "better", "what it is"), rows)


def _metrics(record: Record) -> list[Metric]:
    """Those that the record has, in the protocol's order, then those that this zoo does not know."""
    rules = PROTOCOLS.get(record.protocol)
    known = [m for m in rules.metrics if m.name in record.scores] if rules else []
    return known + [Metric(name, "") for name in sorted(record.scores.keys() - {m.name for m in known})]


def _score(score: Interval, metric: Metric) -> tuple[str, ...]:
    mean, interval = f"{score.mean:.4g} {metric.unit}".strip(), f"{score.low:.4g} to {score.high:.4g}"
    return mean, interval, f"{score.n:,}", "higher" if metric.higher_is_better else "lower"


def _made(record: Record, track: Track) -> Iterator[str]:
    data, spent, times = catalog().components["dataset"].items.get(track.dataset.use), record.weights, record.times
    licence = data[0][1].licence if data else ""
    yield "## How it was made"
    init = [("started from weights", str(spent.init))] if spent.init else []
    machine = f"{record.hardware.gpu or record.hardware.cpu}, {times.train_seconds:,.0f} s of training"
    facts = [
        ("data", f"{track.dataset.use}, {track.name}: {track.summary}"),
        ("licence of the data", licence or UNKNOWN),
        ("size", f"{track.size[0]}x{track.size[1]}"),
        ("training", f"{spent.steps:,} steps, {spent.images_seen:,} images, precision {spent.precision}, seed {record.seed}"),
        *init,
        ("pairings", ", ".join(record.pairings) or "none"),
        ("machine", machine),
        ("versions", ", ".join(f"{name} {version}" for name, version in sorted(record.versions.items()))),
        ("made", f"{record.created.astimezone(UTC):%Y-%m-%d}"),
    ]
    yield _table(("", ""), facts)
    parts = [(name, p.component, amount(p.parameters), amount(p.macs)) for name, p in record.parts.items()]
    yield _table(("part", "component", "parameters", "MACs"), parts)


def _use(parcel: Parcel, repo: str, licence: str) -> Iterator[str]:
    yield "## How to use it"
    yield f'```python\nimport zoo\n\nmodel = zoo.load("hf:{repo}@<40 hex>")  # a commit of this repository\n```'
    yield f"`zoo pull hf:{repo}@<40 hex>` brings the files. Nothing is loaded whose sha256 is not in `{RECORD}`, and no code."
    record = parcel.record
    files = [(RECORD, f"the record, id {record.id}"), (RECIPE, f"the recipe, digest {record.recipe_digest}")]
    files += [(TRACK, f"the track, digest {record.track_digest}")]
    files += [(WEIGHTS, f"the weights, sha256 {record.weights.sha256}")] if parcel.weights else []
    files += [(PAIRS, f"the scores of every pair, sha256 {record.pair_scores}")] if parcel.pairs else []
    yield _table(("file", "what it is"), [(f"`{name}`", what) for name, what in files])
    yield f"Licence of the weights: {_plain(licence or 'not told')}."


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([_plain(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """Text on one line that Markdown and HTML leave alone."""
    return escape(visible(text), quote=False).replace("|", "\\|")


def eval_results(record: Record, benchmark: str, repo: str) -> str:
    """The scores as `.eval_results/*.yaml`, one task per metric of the benchmark, a data set on the Hub."""
    from huggingface_hub.utils import yaml_dump  # type: ignore[attr-defined]

    rules = f"{record.protocol} version {record.protocol_version}"
    entries = [
        {
            "dataset": {"id": benchmark, "task_id": name},
            "value": score.mean,
            "date": f"{record.created.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "source": {"url": f"https://huggingface.co/{repo}", "name": f"record {record.id[:12]}"},
            "notes": f"{rules}, seed {record.seed}, 95 % interval {score.low:.4g} to {score.high:.4g}",
        }
        for name, score in record.scores.items()
    ]
    return str(yaml_dump(entries, sort_keys=False))
