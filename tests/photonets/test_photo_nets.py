"""The nets of photographs before they are taught: shapes, gradients, and no weights but the stored ones."""

import importlib
from pathlib import Path

import pytest
import torch
from torch import Tensor

import zoo_photos
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.types import Sighting
from zoo_base.stored import Stored
from zoo_photos.detector import PhotoDetector
from zoo_photos.features import PhotoFeatures
from zoo_photos.judge import PhotoJudge
from zoo_photos.parser import PhotoParser

CONTEXT = Context(size=(64, 48), regions=vocabulary("cihp20"))


@pytest.fixture(scope="module")
def detector() -> PhotoDetector:
    torch.manual_seed(0)
    return PhotoDetector(CONTEXT, weights=False).eval()


def test_the_detector_looks_at_256_rows_and_gradients_reach_the_image(detector: PhotoDetector) -> None:
    image = torch.rand(1, 3, 128, 88, requires_grad=True)
    maps = detector(image)
    maps.sum().backward()
    assert maps.shape == (1, 18, 64, 44)
    assert image.grad is not None and image.grad.abs().sum() > 0


def test_the_parser_answers_in_the_images_size_and_asks_for_the_joints() -> None:
    net = PhotoParser(CONTEXT, weights=False).eval()
    image, joints = torch.rand(1, 3, 64, 48) * 2 - 1, torch.rand(1, 18, 2) * 48
    with torch.no_grad():
        told, untold = (net(image, joints, torch.full((1, 18), seen)) for seen in (True, False))
    assert told.shape == (1, 20, 64, 48)
    assert not torch.allclose(told, untold)


def test_people_are_parsed_where_they_stand() -> None:
    net = PhotoParser(CONTEXT, weights=False).eval()
    joints = torch.rand(18, 2) * 20 + torch.tensor([60.0, 30.0])
    logits = net.people(torch.rand(3, 90, 120), [Sighting(joints=joints, confidence=torch.ones(18))])
    assert logits.shape == (1, 20, 90, 120)
    assert logits[0, :, 80, 5].argmax() == 0 and logits[0, 0, 80, 5] - logits[0, 1, 80, 5] > 10


def test_the_judge_sees_joints_regions_and_features() -> None:
    judge, image = PhotoJudge(CONTEXT, weights=False).eval(), torch.rand(1, 3, 128, 64)
    seen = judge(image)
    assert torch.equal(judge.features(image), seen.features), "which come without the rest, too"
    assert not torch.allclose(judge.features(image.flip(2)), seen.features)
    assert seen.features.shape == (1, 128) and seen.parsing.shape == (1, 20, 128, 64)
    assert seen.joints.shape == (1, 18, 2) and 0 <= seen.confidence.min() <= seen.confidence.max() <= 1


def test_the_largest_person_comes_first_and_nobody_twice(detector: PhotoDetector, monkeypatch: pytest.MonkeyPatch) -> None:
    body = torch.rand(18, 2, generator=torch.Generator().manual_seed(1)) * 40
    seen = torch.stack((body + 10, body * 3 + 100, body + 11))

    def close(picture: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
        return seen, torch.tensor([0.9, 0.8, 0.5])[:, None].expand(3, 18)

    monkeypatch.setattr(detector, "_frames", lambda picture, longest: torch.ones(3, 3))
    monkeypatch.setattr(detector, "_close", close)
    found = detector.people(torch.zeros(3, 300, 300))
    assert [round(float(p.confidence[0]), 1) for p in found] == [0.8, 0.9]


def test_nobody_is_an_empty_list(detector: PhotoDetector) -> None:
    with torch.no_grad():
        detector.middle.bias.fill_(-20.0)
        detector.heat.bias.fill_(-20.0)
    assert detector.people(torch.zeros(3, 80, 50)) == []


def test_what_is_offered_has_its_weights() -> None:
    stored = {path.stem for path in (Path(zoo_photos.__file__).parent / "weights").glob("*.safetensors")}
    own = {component.name.removeprefix("photos.") for component in zoo_photos.zoo_components() if not component.networks}
    assert own == stored


def test_weights_are_never_made_up(tmp_path: Path) -> None:
    with pytest.raises(ZooError, match=r"weights of photos\.features"):
        Stored("photos", tmp_path, "train.py").restore(PhotoFeatures(CONTEXT, weights=False), "features")


def test_the_stored_weights_fit_the_nets() -> None:
    for component in (own for own in zoo_photos.zoo_components() if not own.networks):
        module, name = component.target.split(":")
        getattr(importlib.import_module(module), name)(CONTEXT)
