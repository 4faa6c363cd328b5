"""A correlation that finds its way back: a target position should look where its own picture went."""

import pytest
import torch

from tests.scmnet.test_recipe import model, self_pair
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.ops.warp import pixel_grid
from zoo.regions import vocabulary
from zoo.types import Outcome
from zoo_base.self_match import SelfMatchLoss


def test_self_match_finds_the_way_back():
    outcome = model((32, 16), "small").eval()(self_pair((32, 16)))
    loss = SelfMatchLoss(Context(size=(32, 16), regions=vocabulary("scm8")), positions=128)
    one = torch.zeros(2, 8, 32, 16).index_fill_(1, torch.tensor(3), 1.0)  # a single region everywhere
    grid = pixel_grid((32, 16), one)
    style = outcome.style.but(parsing=one, undo=(grid + grid.new_tensor([4, 0])[:, None, None]).expand(2, 8, -1, -1, -1))
    pair = outcome.pair.but(target=outcome.pair.target.but(parsing=one))

    def judged(cells: int) -> float:
        """The loss of a field that looks so many cells to the left of every position."""
        corr, eye = outcome.merged.fields.correlation, torch.eye(128)
        query = eye.view(16, 8, 128)[:, (torch.arange(8) - cells).clamp_min(0)].flatten(0, 1)
        field = corr.but(query=query.expand(2, -1, -1), key=eye.expand(2, -1, -1))
        torch.manual_seed(0)
        looked = outcome.merged.but(fields=outcome.merged.fields.but(correlation=field))
        return float(loss(outcome.but(pair=pair, style=style, merged=looked)))

    assert judged(2) < judged(1) < judged(0) and judged(2) < judged(3), "the picture went two cells to the left"


def test_self_match_is_small_where_regions_meet_and_ignores_absent_ones():
    built, pair = model((32, 16), "small").eval(), self_pair((32, 16))
    outcome = built(pair)
    loss = SelfMatchLoss(Context(size=(32, 16), regions=vocabulary("scm8")), positions=128)
    value = loss(outcome)
    assert value > 0 and value.isfinite()
    value.backward()
    corr = outcome.merged.fields.correlation
    regions = torch.nn.functional.interpolate(outcome.style.parsing, corr.source_grid, mode="nearest-exact").flatten(2).mT
    aligned = corr.but(query=regions, key=regions, temperature=0.01)
    assert loss(outcome.but(merged=outcome.merged.but(fields=outcome.merged.fields.but(correlation=aligned)))) < 1e-3
    blank = outcome.style.but(parsing=torch.zeros_like(outcome.style.parsing))
    assert loss(outcome.but(style=blank)) == 0
    no_field = outcome.merged.but(fields=outcome.merged.fields.but(correlation=None))
    assert loss(outcome.but(merged=no_field)) == 0, "an operator without a field owes nothing"
    with pytest.raises(ZooError, match="no merged style"):
        loss(Outcome(pair=pair, source=pair.source, target=pair.target))
