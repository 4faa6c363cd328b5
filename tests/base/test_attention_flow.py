"""A correlation read as a flow moves the photo: right where it points right, blurred rows pay, gradients sharpen it."""

import pytest
import torch

from tests.support import make_pair
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.correlate import correlation
from zoo.regions import vocabulary
from zoo.types import Correlation, Fields, Merged, Outcome, Style
from zoo_base.attention_flow import AttentionFlow

SIZE = (32, 32)
CONTEXT = Context(size=SIZE, regions=vocabulary("scm8"))


def outcome_of(corr: Correlation | None, **target: torch.Tensor | None) -> Outcome:
    pair = make_pair(SIZE)
    pair = pair.but(target=pair.source.but(**target))
    style = Style(pyramid=(torch.zeros(2, 4, 8, 8),), codes=torch.zeros(2, 8, 4))
    merged = Merged(pyramid=style.pyramid, codes=style.codes, fields=Fields(correlation=corr))
    return Outcome(pair=pair, source=pair.source, target=pair.target.but(image=None), style=style, merged=merged)


def in_place(temperature: float) -> Correlation:
    """Every position looks at its own place, the more so the colder."""
    codes = torch.eye(64).unflatten(0, (8, 8)).permute(2, 0, 1).expand(2, -1, -1, -1)
    return correlation(codes, codes, temperature, center="none")


def test_a_sharp_correlation_moves_the_photo_onto_itself_and_a_blurred_one_does_not() -> None:
    loss = AttentionFlow(CONTEXT)
    assert loss(outcome_of(in_place(0.01))) < 1e-4 < 0.05 < loss(outcome_of(in_place(1.0)))


def test_the_background_counts_only_if_asked_for() -> None:
    parsing = torch.zeros(2, 8, *SIZE)
    parsing[:, 0] = 1
    blurred = in_place(1.0)
    assert AttentionFlow(CONTEXT)(outcome_of(blurred, parsing=parsing)) == 0
    assert AttentionFlow(CONTEXT, figure=False)(outcome_of(blurred, parsing=parsing)) > 0.05
    assert AttentionFlow(CONTEXT)(outcome_of(blurred, parsing=None)) > 0.05


def test_it_judges_the_photo_as_the_encoder_read_it() -> None:
    outcome = outcome_of(in_place(0.01))
    assert outcome.style is not None
    white = outcome.but(style=outcome.style.but(photo=torch.ones(2, 3, *SIZE)))
    assert AttentionFlow(CONTEXT)(white) > 0.5


def test_gradients_reach_the_correlation() -> None:
    query = torch.randn(2, 6, 8, 8, requires_grad=True)
    AttentionFlow(CONTEXT)(outcome_of(correlation(query, torch.randn(2, 6, 8, 8), 0.1))).backward()
    assert query.grad is not None and query.grad.abs().sum() > 0


def test_who_exposes_nothing_owes_nothing_and_a_phase_that_stops_early_is_told() -> None:
    assert AttentionFlow(CONTEXT)(outcome_of(None)) == 0
    with pytest.raises(ZooError, match="needs the merged style"):
        AttentionFlow(CONTEXT)(outcome_of(None).but(merged=None))
