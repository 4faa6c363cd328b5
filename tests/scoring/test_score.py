"""score(): which metrics appear, what it leaves behind, what it refuses."""

import math
import subprocess
import sys
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.scoring.fakes import SIZE, FakeData, FakeJudge, FakeModel, make_kit, make_track
from zoo.errors import ZooError
from zoo.scoring import PROTOCOLS, Scored, protocol, score
from zoo.scoring.evidence import Evidence
from zoo.scoring.measures import MEASURES
from zoo.scoring.samples import chosen
from zoo.types import Fields, Outcome, Pair

EVERY = {m.name for m in protocol("figures-v1").metrics} - {"diversity"}  # of several samples


def run(model: Any, judge: bool = True, **options: Any) -> Scored:
    data = {k: options.pop(k) for k in ("people", "bare") if k in options}
    return score(model, make_kit(FakeJudge() if judge else None, **data), make_track(), batch=4, **options)


def zero_flow(batch: int = 4) -> Fields:
    return Fields(flow=(torch.zeros(batch, 1, 2, 16, 16),))


def test_the_truth_scores_perfectly() -> None:
    scores = run(FakeModel("target", zero_flow()), people=4).summary
    assert set(scores) == EVERY - {"psnr_occluded", "predicted_parsing_miou"}  # the fakes hide nothing and predict no parsing
    assert scores["ssim"].mean == pytest.approx(1) and scores["masked_ssim"].mean == pytest.approx(1)
    assert scores["masked_psnr"].mean == 60
    for name in ("ffd", "region_lab", "epe"):
        assert scores[name].mean == pytest.approx(0, abs=1e-5)
    assert all(i.low <= i.mean + 1e-12 and i.mean <= i.high + 1e-12 for i in scores.values())


def test_a_copy_of_another_picture_does_not() -> None:
    scores = run(FakeModel("source")).summary
    assert scores["masked_ssim"].mean < 0.2 and scores["ffd"].mean > 0 and scores["region_lab"].mean > 1


def test_metrics_that_cannot_be_had_are_absent() -> None:
    judged = {"ffd", "pckh", "parsing_miou"}
    assert set(run(FakeModel(), judge=False).summary) == EVERY - judged - {"epe", "psnr_occluded", "predicted_parsing_miou"}
    assert set(run(FakeModel(), bare=True).summary) == {"ssim", "psnr", "ffd", "pckh"}


def test_a_predicted_parsing_is_scored() -> None:
    class Predicts(FakeModel):
        def forward(self, pair: Pair) -> Outcome:
            return super().forward(pair).but(parsing_logits=pair.target.parsing)

    assert run(Predicts()).summary["predicted_parsing_miou"].mean == 1


def test_batches_do_not_matter() -> None:
    whole, single = (score(FakeModel("source"), make_kit(FakeJudge()), make_track(), batch=b) for b in (10, 1))  # type: ignore[arg-type]
    assert whole.names == single.names
    assert {k: v.mean for k, v in whole.summary.items()} == pytest.approx(
        {k: v.mean for k, v in single.summary.items()}, rel=1e-5
    )


def test_the_model_is_in_eval_mode_and_gets_its_modes_back() -> None:
    model = FakeModel()
    model.train()
    model.norm.eval()
    run(model)
    assert set(model.modes) == {(False, True)}
    assert model.training and not model.norm.training


def test_the_judge_is_in_eval_mode() -> None:
    judge = FakeJudge().train()
    score(FakeModel(), make_kit(judge), make_track())  # type: ignore[arg-type]
    assert not judge.training


def test_a_diverged_model_is_refused_and_left_as_it_was() -> None:
    model = FakeModel("nan")
    with pytest.raises(ZooError, match="NaN or infinity"):
        run(model)
    assert model.training and model.norm.training


def test_progress_limit_and_names() -> None:
    seen: list[tuple[int, int]] = []
    scored = run(FakeModel(), limit=6, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 6), (6, 6)]
    assert scored.names == ["0->1", "1->0", "2->3", "3->2", "4->5", "5->4"]
    assert scored.images_per_second > 0 and scored.seconds > 0


def test_samples_are_fixed_pairs_as_bytes() -> None:
    samples = run(FakeModel("target", zero_flow()), people=16).samples
    assert [s.name for s in samples[:8]] == [f"{a}->{b}" for i in range(4) for a, b in ((2 * i, 2 * i + 1), (2 * i + 1, 2 * i))]
    assert len(samples) == 11  # eight and four, one of which is among the eight
    for sample in samples:
        assert sample.motion is not None and (sample.motion == sample.source).all()  # no motion: the source stays
        assert (sample.output == sample.truth).all() and sample.pose.shape == (*SIZE, 3) and sample.pose.dtype == "uint8"
    assert all(s.motion is None for s in run(FakeModel()).samples)


def test_the_first_pairs_are_shown_and_four_spread_over_all() -> None:
    assert chosen(100) == {*range(8), 20, 40, 60, 80}
    assert chosen(8) == {*range(8)} and chosen(3) == {0, 1, 2}


def test_the_first_samples_show_what_the_model_exposes() -> None:
    samples = run(FakeModel("target", zero_flow()), people=16).samples
    assert [[p.name for p in s.panels] for s in samples[:5]] == [["flow", "warped"]] * 4 + [[]]
    assert all((s.panels[1].cells[0].picture == s.source).all() for s in samples[:4])
    assert not any(s.panels for s in run(FakeModel()).samples)


def test_every_pair_is_told_with_its_person_and_its_weight() -> None:
    scored = run(FakeModel("source"))
    assert len(scored.names) == len(scored.people) == 10 and len(set(scored.people)) < 10
    assert all(len(values) == 10 for values in scored.per_pair.values())
    assert all(map(math.isnan, scored.per_pair["psnr_occluded"]))
    assert scored.weights.keys() == {"pckh"} and len(scored.weights["pckh"]) == 10


def test_joints_found_are_pooled_over_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    load = FakeData.load

    def uneven(self: FakeData, split: str, sources: Tensor, targets: Tensor) -> Pair:
        """Of images of even number the judge finds all 18 joints, of others none of the three that there are."""
        pair, even = load(self, split, sources, targets), targets % 2 == 0
        middle = torch.tensor([(side - 1) / 2 for side in SIZE])
        visible = even[:, None] | (torch.arange(18) < 3)
        return pair.but(target=pair.target.but(joints=even[:, None, None] * middle.expand(18, 2), visible=visible))

    monkeypatch.setattr(FakeData, "load", uneven)
    assert run(FakeModel()).summary["pckh"].mean == pytest.approx(18 / (18 + 3))


def test_wrong_calls_are_explained() -> None:
    with pytest.raises(ZooError, match="did you mean 'figures-v1'"):
        score(FakeModel(), make_kit(), make_track(protocol="figure-v1"))  # type: ignore[arg-type]
    with pytest.raises(ZooError, match="no test pairs"):
        run(FakeModel(), limit=0)
    stranger = FakeJudge()
    stranger.vocabulary = "scm8"
    with pytest.raises(ZooError, match="the judge speaks scm8"):
        score(FakeModel(), make_kit(stranger), make_track())  # type: ignore[arg-type]


def test_data_without_targets_cannot_be_scored(monkeypatch: pytest.MonkeyPatch) -> None:
    load = FakeData.load

    def blind(self: FakeData, *arguments: Any) -> Any:
        pair = load(self, *arguments)
        return pair.but(target=pair.target.but(image=None))

    monkeypatch.setattr(FakeData, "load", blind)
    with pytest.raises(ZooError, match="no true target"):
        run(FakeModel("source"))


@pytest.mark.parametrize("rules", PROTOCOLS.values(), ids=PROTOCOLS)
def test_protocols_are_whole(rules: Any) -> None:
    names = [m.name for m in rules.metrics]
    assert len(set(names)) == len(names) and rules.metric(rules.primary)
    assert {n for n in names if n not in MEASURES} <= {"ffd"}
    assert rules.headline[0] == rules.primary and {*rules.headline} <= {*names} and len(rules.headline) <= 4
    assert all(m.description for m in rules.metrics)
    assert all(need in Evidence.__dataclass_fields__ or hasattr(Evidence, need) for m in rules.metrics for need in m.needs)
    assert not {"fid", "lpips", "is"} & set(names)  # the published networks only
    with pytest.raises(ZooError, match=f"did you mean '{rules.primary}'"):
        rules.metric(rules.primary + "s")


def test_nothing_but_scoring_imports_torch() -> None:
    code = "import sys, zoo.results.leaderboard, zoo.store.registry, zoo.scoring; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_nan_never_reaches_a_summary() -> None:
    assert all(math.isfinite(x) for i in run(FakeModel("source")).summary.values() for x in (i.mean, i.low, i.high))
