"""What is known of a protocol. Imports no torch."""

from dataclasses import asdict
from typing import Any

from zoo.scoring.pictures.document import picture_protocol
from zoo.scoring.pictures.shelf import shipped
from zoo.scoring.pictures.wording import of_rule
from zoo.scoring.protocols import PROTOCOLS


def protocols() -> list[str]:
    """The names of all: those that score rows of a track, and those that score pictures on disk."""
    return [*PROTOCOLS, *shipped()]


def described(name: str) -> dict[str, Any]:
    """As JSON has it."""
    if name in PROTOCOLS:
        rules = PROTOCOLS[name]
        metrics = [{**asdict(m), "needs": sorted(m.needs)} for m in rules.metrics]
        return {**asdict(rules), "scores": "rows of a track", "metrics": metrics}
    document = picture_protocol(name)
    words = {rule.name: of_rule(rule) for rule in document.metrics}
    return {**document.model_dump(mode="json"), "scores": "pictures on disk", "digest": document.digest(), "words": words}
