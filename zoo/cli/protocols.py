"""What `zoo show` says of a protocol."""

from dataclasses import asdict
from typing import Any

from zoo.cli.output import show, show_json, table
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol, shipped
from zoo.scoring.pictures.wording import of_protocol, of_rule
from zoo.scoring.protocols import PROTOCOLS, Protocol


def protocols() -> list[str]:
    """The names of all: those that score rows of a track, and those that score pictures on disk."""
    return [*PROTOCOLS, *shipped()]


def show_protocol(name: str, json: bool) -> None:
    """Its metrics and their definitions."""
    if json:
        show_json(described(name))
    else:
        show(_of_rows(PROTOCOLS[name]) if name in PROTOCOLS else _of_pictures(picture_protocol(name)))


def described(name: str) -> dict[str, Any]:
    """As JSON has it."""
    if name in PROTOCOLS:
        rules = PROTOCOLS[name]
        metrics = [{**asdict(m), "needs": sorted(m.needs)} for m in rules.metrics]
        return {**asdict(rules), "scores": "rows of a track", "metrics": metrics}
    document = picture_protocol(name)
    words = {rule.name: of_rule(rule) for rule in document.metrics}
    return {**document.model_dump(mode="json"), "scores": "pictures on disk", "digest": document.digest(), "words": words}


def _of_rows(rules: Protocol) -> str:
    head = f"protocol {rules.name} version {rules.version}: {rules.summary}\n{rules.primary} ranks (zoo run)"
    rows = [[m.name, m.unit, "higher" if m.higher_is_better else "lower", m.description] for m in rules.metrics]
    return f"{head}\n\n{table(['metric', 'unit', 'better', 'what it is'], rows)}"


def _of_pictures(document: PictureProtocol) -> str:
    head = (
        f"protocol {document.name} version {document.version}: {document.summary}\n"
        f"scores pictures on disk (zoo score); after {document.source}\nsha256 {document.digest()}"
    )
    return f"{head}\n\n{table(['', 'what it is'], map(list, of_protocol(document)))}"
