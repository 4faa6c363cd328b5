"""A score and its 95 % interval, as they are written down; `zoo.scoring.bootstrap` makes them. Imports no numpy."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from zoo.documents.strict import Strict

Score = Annotated[float, Field(ge=-1e15, le=1e15)]  # differences and squares of scores stay finite


class Interval(Strict):
    """A mean over `n` pairs with its 95 % interval (bootstrap over people), which holds it."""

    mean: Score
    low: Score
    high: Score
    n: Annotated[int, Field(gt=0, lt=2**63)]

    @model_validator(mode="after")
    def _holds_its_mean(self) -> Self:
        if not self.low <= self.mean <= self.high:
            raise ValueError(f"the interval from {self.low:g} to {self.high:g} does not hold its mean {self.mean:g}")
        return self


def interval_text(score: Interval) -> str:
    """`0.741 [0.735, 0.747]`."""
    return f"{score.mean:.4g} [{score.low:.4g}, {score.high:.4g}]"
