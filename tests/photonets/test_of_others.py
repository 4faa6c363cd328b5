"""ViTPose and SegFormer through transformers, as narrow stand-ins with random weights: what they measure is nothing."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from tests.cli.conftest import Zoo, zoo
from tests.scoring.stand_ins import Shelf, shelf
from tests.support import SHARED, needs_shared
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo.skeleton import JOINT_NAMES
from zoo.store.networks import require
from zoo.store.registry import find_network
from zoo.types import Sighting

transformers = pytest.importorskip("transformers", reason="transformers is not installed: pip install 'posezoo[transformers]'")

from zoo_photos.segformer import SegFormer  # noqa: E402
from zoo_photos.vitpose import _FLIP, VitPose, as_openpose  # noqa: E402

__all__ = ["shelf", "zoo"]  # fixtures

CONTEXT = Context(size=(64, 48), regions=vocabulary("cihp20"))
PHOTO = SHARED / "fixtures" / "coco_person_ccby"


def narrow(name: str) -> dict[str, Any]:
    """The registry's architecture with one narrow layer a stage."""
    config: dict[str, Any] = json.loads(json.dumps(find_network(name).config))
    if name == "vitpose":
        config["backbone_config"] |= {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "out_indices": [1]}
        return config
    return config | {"depths": [1] * 4, "hidden_sizes": [8] * 4, "num_attention_heads": [1] * 4, "decoder_hidden_size": 8}


@pytest.fixture
def vitpose(shelf: Shelf) -> VitPose:
    torch.manual_seed(0)
    config = narrow("vitpose")
    net = transformers.VitPoseForPoseEstimation(transformers.VitPoseConfig(**config))
    net.head.conv.bias.data.fill_(0.6)  # sure of every joint, wherever it is
    shelf("vitpose", net, config=config)
    return VitPose(CONTEXT)


@pytest.fixture
def segformer(shelf: Shelf) -> SegFormer:
    torch.manual_seed(0)
    config = narrow("segformer-clothes")
    shelf(
        "segformer-clothes",
        transformers.SegformerForSemanticSegmentation(transformers.SegformerConfig(**config)),
        config=config,
    )
    return SegFormer(CONTEXT)


class Bright(torch.nn.Module):
    """Sees every joint where the picture is bright, on heat maps whose corners are the picture's."""

    def __init__(self) -> None:
        super().__init__()
        self.heatmaps = torch.empty(0)

    def forward(self, image: Tensor) -> "Bright":
        grey = F.interpolate(image.mean(1, keepdim=True), (64, 48), mode="bilinear", align_corners=True)
        self.heatmaps = (grey - grey.amin()).expand(-1, 17, -1, -1) / (grey.amax() - grey.amin())
        return self


def test_joints_lie_where_the_authors_processor_puts_them(vitpose: VitPose) -> None:
    at = torch.tensor([131.4, 88.7])
    y, x = torch.meshgrid(torch.arange(240.0), torch.arange(300.0), indexing="ij")
    # two cells of the heat maps wide, as the net is taught
    spot = torch.exp(-((x - at[0]) ** 2 + (y - at[1]) ** 2) / (2 * 6.37**2)).expand(3, -1, -1)
    vitpose.net = Bright()
    processor = transformers.VitPoseImageProcessor()
    box = (70.0, 30.0, 90.0, 160.0)  # x, y, width, height
    frame = torch.tensor([[70 + 45.0, 30 + 80.0, 160 * 0.75 * 1.25, 160 * 1.25]])
    mine, sure = vitpose.close(spot * 2 - 1, frame)
    image = (spot * 255).round().byte().permute(1, 2, 0).numpy()
    seen = Bright()(processor(image, boxes=[[list(box)]], return_tensors="pt").pixel_values)
    theirs = processor.post_process_pose_estimation(seen, boxes=[[list(box)]])[0][0]
    assert (mine[0] - at).abs().max() < 0.3 and sure.min() > 0.9
    assert (mine[0] - theirs["keypoints"]).abs().max() < 0.7


def test_maps_are_of_the_18_joints_and_lie_over_the_image(vitpose: VitPose) -> None:
    image = torch.rand(2, 3, 128, 88) * 2 - 1
    maps = vitpose(image)
    assert maps.shape == (2, 18, 64, 48) and not vitpose.net.training
    vitpose.net = Bright()
    spot = torch.zeros(1, 3, 128, 96)
    spot[..., 99:101, 19:21] = 1
    maps = vitpose(spot)
    cells = maps.flatten(2).argmax(-1)[0]
    assert {(int(c) // 48, int(c) % 48) for c in cells} <= {(49, 9), (49, 10), (50, 9), (50, 10)}  # the neck among them


def test_cocos_joints_as_openposes() -> None:
    joints, sure = torch.arange(34.0).view(1, 17, 2), torch.linspace(0.1, 0.9, 17)[None]
    ours, told = as_openpose(joints, sure)
    of = {name: ours[0, i].tolist() for i, name in enumerate(JOINT_NAMES)}
    assert of["nose"] == [0, 1] and of["r_shoulder"] == [12, 13] and of["l_ankle"] == [30, 31] and of["l_ear"] == [6, 7]
    assert of["neck"] == [11, 12] and told[0, 1] == sure[0, 5]  # between the shoulders, as sure as the less sure one
    assert _FLIP == [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15]


def test_nobody_is_an_empty_list(vitpose: VitPose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vitpose.finder, "people", lambda picture: [])
    assert vitpose.people(torch.zeros(3, 80, 50)) == []


def test_whoever_is_found_is_looked_at_again(vitpose: VitPose, monkeypatch: pytest.MonkeyPatch) -> None:
    body = torch.rand(18, 2) * 60 + 20
    found = [Sighting(joints=body, confidence=torch.ones(18)), Sighting(joints=body / 4 + 90, confidence=torch.ones(18))]
    monkeypatch.setattr(vitpose.finder, "people", lambda picture: found)
    seen = vitpose.people(torch.rand(3, 120, 160))
    assert len(seen) == 2 and seen[0].size >= seen[1].size and all(one.joints.shape == (18, 2) for one in seen)
    assert not any(torch.allclose(one.joints, was.joints, atol=1.0) for one in seen for was in found), "the net has its say"


def test_regions_are_the_networks_and_in_atrs_words(segformer: SegFormer) -> None:
    image, joints, visible = torch.rand(1, 3, 96, 64) * 2 - 1, torch.rand(1, 18, 2) * 60, torch.ones(1, 18, dtype=torch.bool)
    logits = segformer(image, joints, visible)
    assert segformer.vocabulary == "atr18" and logits.shape == (1, 18, 96, 64)
    processor = transformers.SegformerImageProcessor(size={"height": 512, "width": 512})
    pixels = processor(((image[0] + 1) / 2).permute(1, 2, 0).numpy(), do_rescale=False, return_tensors="pt").pixel_values
    theirs = F.interpolate(segformer.net(pixels).logits, (96, 64), mode="bilinear")
    assert (logits - theirs).abs().max() < 0.05 * theirs.std()


def test_people_are_parsed_where_they_stand(segformer: SegFormer) -> None:
    joints = torch.rand(18, 2) * 20 + torch.tensor([60.0, 30.0])
    logits = segformer.people(torch.rand(3, 90, 120), [Sighting(joints=joints, confidence=torch.ones(18))])
    assert logits.shape == (1, 18, 90, 120) and logits[0, :, 85, 3].argmax() == 0


def test_absent_foreign_and_unfit_files_are_refused(vitpose: VitPose, shelf: Shelf) -> None:
    net = transformers.VitPoseForPoseEstimation(transformers.VitPoseConfig(**narrow("vitpose")))
    shelf("vitpose", net, config={**narrow("vitpose"), "num_labels": 5})
    with pytest.raises(ZooError, match="does not hold vitpose"):
        VitPose(CONTEXT)
    path = require(find_network("vitpose"))
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ZooError, match="sha256"):
        VitPose(CONTEXT)
    path.unlink()
    with pytest.raises(ZooError, match="vitpose-base-simple") as error:
        VitPose(CONTEXT)
    assert "zoo prefetch vitpose" in error.value.fix


def test_without_transformers_it_says_which_extra(vitpose: VitPose, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ZooError, match="transformers, which is not installed") as error:
        VitPose(CONTEXT)
    assert "posezoo[transformers]" in error.value.fix


@needs_shared
def test_photos_are_annotated_by_them(zoo: Zoo, vitpose: VitPose, segformer: SegFormer, tmp_path: Path) -> None:
    photo = next(PHOTO.glob("*.jpg"))
    done = zoo("annotate", photo, "--out", tmp_path, "--detector", "photos.vitpose", "--parser", "photos.segformer")
    assert done.code == 0 and "by photos.vitpose and photos.segformer" in done.err
    written = json.loads((tmp_path / "joints" / f"{photo.stem}_keypoints.json").read_text())
    assert len(written["people"][0]["pose_keypoints_2d"]) == 54 and (tmp_path / "regions" / f"{photo.stem}.png").exists()
