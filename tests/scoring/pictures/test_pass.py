"""One pass for many protocols: decoded once, computed once, counted."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from skimage.metrics import structural_similarity
from torch import Tensor, nn

import zoo.scoring.pictures.gathering as gathering
import zoo.scoring.pictures.looks as looks
from tests.scoring.pictures.folders import make_couples
from zoo.errors import ZooError
from zoo.scoring.distributions import inception_score
from zoo.scoring.frechet import frechet
from zoo.scoring.pictures.document import PictureProtocol, picture_protocol
from zoo.scoring.pictures.figure import figure_mask
from zoo.scoring.pictures.frames import Layout, Role
from zoo.scoring.pictures.score import PictureScore
from zoo.scoring.pictures.scoring import full, score_pictures
from zoo.scoring.pictures.supplies import Supplies

SIZE = (256, 176)
PLAIN: dict[Role, Layout | None] = {"outputs": None, "targets": None, "real": None}


class Fake(nn.Module):
    """What Inception would say, were it the means of a picture's quarters."""

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        features = nn.functional.adaptive_avg_pool2d(image, 2).flatten(1)
        return features, 3 * features


@pytest.fixture(autouse=True)
def fake_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looks, "network", lambda name, device: Fake())
    monkeypatch.setattr(looks, "LPIPS", lambda net, device: lambda a, b: (a - b).abs().mean((1, 2, 3)))


def only(name: str, *metrics: str) -> PictureProtocol:
    protocol = picture_protocol(name)
    return protocol.model_copy(update={"metrics": [rule for rule in protocol.metrics if rule.name in metrics]})


def test_protocols_together_say_what_each_says_alone_and_no_file_is_opened_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    couples, supplies = make_couples(tmp_path, 3, SIZE), Supplies(layouts=PLAIN)
    protocols = [only("cfld-256x176", "ssim", "ssim_256", "psnr"), only("dptn-fashion", "ssim"), only("patn-fashion", "ssim")]
    alone = {p.name: score_pictures(couples, [p], supplies).scores[p.name] for p in protocols}
    seen: list[Path] = []
    real = gathering.opened
    monkeypatch.setattr(gathering, "opened", lambda path, *rest: (seen.append(path), real(path, *rest))[1])
    assert score_pictures(couples, protocols, supplies).scores == alone
    assert sorted(seen) == sorted(p for c in couples for p in (c.output, c.target))


def test_a_number_that_two_protocols_ask_for_is_computed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    real = looks.Lenses.number
    monkeypatch.setattr(
        looks.Lenses, "number", lambda self, rule, *images: (calls.append(rule.use), real(self, rule, *images))[1]
    )
    protocols = [only("cfld-256x176", "psnr"), picture_protocol("cfld-256x176").model_copy(update={"name": "again"})]
    protocols[1] = protocols[1].model_copy(update={"metrics": protocols[0].metrics})
    score_pictures(make_couples(tmp_path, 2, SIZE), protocols, Supplies(layouts=PLAIN))
    assert calls == ["psnr"]


def test_a_damaged_picture_is_left_out_and_told(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 3, SIZE)
    couples[1].output.write_bytes(couples[1].output.read_bytes()[:99])
    found = score_pictures(couples, [only("cfld-256x176", "psnr")], Supplies(layouts=PLAIN))
    assert found.couples == 2 and len(found.damaged) == 1 and "t1.png" in found.damaged[0]
    assert found.scores["cfld-256x176"]["psnr"].pictures == 2
    for couple in couples:
        couple.target.write_bytes(b"no picture")
    with pytest.raises(ZooError, match="no picture can be read"):
        score_pictures(couples, [only("cfld-256x176", "psnr")], Supplies(layouts=PLAIN))


def test_an_output_that_is_its_target_has_no_psnr_unless_it_is_capped(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 2, SIZE)
    couples[0].output.write_bytes(couples[0].target.read_bytes())
    scores = score_pictures(
        couples, [only("cfld-256x176", "psnr"), only("zoo-256x176", "psnr")], Supplies(layouts=PLAIN)
    ).scores
    assert (scores["cfld-256x176"]["psnr"].pictures, scores["cfld-256x176"]["psnr"].undefined) == (1, 1)
    assert (scores["zoo-256x176"]["psnr"].pictures, scores["zoo-256x176"]["psnr"].undefined) == (2, 0)


@pytest.mark.parametrize(
    ("count", "batch", "kept"), [(8570, 64, 8512), (12000, 64, 11968), (48674, 64, 48640), (7, 64, 7), (7, None, 7)]
)
def test_batches_that_are_not_full_do_not_count(count: int, batch: int | None, kept: int) -> None:
    assert full(count, batch) == kept


def test_a_frechet_distance_drops_compares_and_counts(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 7, SIZE)
    couples.append(couples[0].__class__("u", couples[3].output, couples[0].target, target_name="t0"))  # one target twice
    real = [c.target for c in couples[:5]]
    dropping = only("dptn-fashion", "fid")
    dropping = dropping.model_copy(update={"metrics": [dropping.metrics[0].model_copy(update={"drop_last": 3})]})
    protocols = [dropping, only("zoo-256x176", "fid_targets", "is")]
    scores = score_pictures(couples, protocols, Supplies(layouts=PLAIN, real=real)).scores

    def features(paths: list[Path], scale: float, shift: float) -> Tensor:
        pictures = torch.stack([torch.from_numpy(np.asarray(Image.open(p)) / 255.0).movedim(2, 0) for p in paths]).float()
        large = nn.functional.interpolate(pictures, (299, 299), mode="bilinear", align_corners=False)
        return Fake()(large * scale + shift)[0].double()

    fid = scores["dptn-fashion"]["fid"]
    assert (fid.pictures, fid.dropped, fid.real) == (6, 2, 3)
    std, mean = (torch.tensor(v).view(3, 1, 1) for v in ((0.229, 0.224, 0.225), (0.485, 0.456, 0.406)))
    mine, theirs = (features(p, std / 0.5, (mean - 0.5) / 0.5) for p in ([c.output for c in couples[:6]], real[:3]))  # type: ignore[arg-type]
    assert fid.value == pytest.approx(frechet(mine, theirs), abs=1e-4)
    assert (scores["zoo-256x176"]["fid_targets"].pictures, scores["zoo-256x176"]["fid_targets"].real) == (8, 7)
    assert scores["zoo-256x176"]["is"].value is None  # ten splits of eight pictures


def test_the_inception_score_takes_pictures_by_name(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 6, SIZE)
    protocol = only("zoo-256x176", "is")
    halves = protocol.model_copy(update={"metrics": [protocol.metrics[0].model_copy(update={"splits": 2})]})
    whole = score_pictures(couples, [halves], Supplies(layouts=PLAIN)).scores["zoo-256x176"]["is"].value
    look = looks.answers(halves.metrics[0], halves.prepare)  # type: ignore[arg-type]
    logits = looks.Lenses([], [look], "cpu").answer(
        look,
        torch.stack([torch.from_numpy(np.asarray(Image.open(c.output)) / 255.0).movedim(2, 0) for c in couples]).float(),
    )[1]
    assert whole == pytest.approx(inception_score(logits, splits=2)[0], abs=1e-6)


def test_masks_are_black_outside_and_the_mean_is_over_the_whole_frame(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 2, (128, 64))
    draws = torch.Generator().manual_seed(0)
    joints = (torch.rand(18, 2, generator=draws) * torch.tensor([50.0, 100.0])).round() + 6
    protocol = only("patn-market", "mask_ssim")
    unencoded = protocol.model_copy(update={"prepare": protocol.prepare.model_copy(update={"jpeg": None})})
    supplies = Supplies(layouts=PLAIN, joints={"t0": (joints, torch.ones(18, dtype=torch.bool))})
    score = score_pictures(couples, [unencoded], supplies).scores["patn-market"]["mask_ssim"]
    assert (score.pictures, score.undefined) == (1, 1)  # t1 has no joints
    mask = figure_mask(joints[None], torch.ones(1, 18, dtype=torch.bool), (128, 64))[0, 0].numpy()[..., None]
    output, truth = (np.asarray(Image.open(p)) * mask for p in (couples[0].output, couples[0].target))
    reference = structural_similarity(
        truth, output, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, channel_axis=2,
        data_range=float(output.max()) - float(output.min()),
    )  # fmt: skip
    assert score.value == pytest.approx(reference, abs=1e-5)


def test_silhouettes_are_pictures(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 1, (256, 256))
    shape = np.zeros((512, 512), np.uint8)
    shape[100:400, 200:300] = 255
    Image.fromarray(shape).save(tmp_path / "t0.png")
    supplies = Supplies(layouts={"outputs": "person", "targets": "person"}, silhouettes={"t0": tmp_path / "t0.png"})
    masked, whole = (score_pictures(couples, [only(name, "psnr")], supplies).scores for name in ("pws-foreground", "gfla-256"))
    lower, higher = whole["gfla-256"]["psnr"].value, masked["pws-foreground"]["psnr"].value
    assert (
        lower is not None
        and higher is not None
        and higher - lower == pytest.approx(-10 * np.log10(300 * 100 / 512**2), abs=0.5)
    )


def test_pckh_is_of_files_of_joints(tmp_path: Path) -> None:
    couples = make_couples(tmp_path, 3, (128, 64))
    joints, visible = torch.arange(36.0).view(18, 2), torch.ones(18, dtype=torch.bool)
    found = {"t0": (joints, visible), "t1": (joints + 100, visible)}
    targets = dict.fromkeys(("t0", "t1", "t2"), (joints, visible))
    supplies = Supplies(layouts=PLAIN, joints=targets, found=found)
    protocol = only("patn-market", "pckh")
    assert score_pictures(couples, [protocol], supplies).scores["patn-market"]["pckh"] == PictureScore(
        value=0.5, pictures=2, undefined=1
    )
