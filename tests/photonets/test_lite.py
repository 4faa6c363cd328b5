"""EfficientNet-Lite as written here is timm's: the same names, shapes and maps, whatever the picture's size."""

import subprocess
import sys

import pytest
import timm
import torch

from zoo_photos.trunk import Trunk


@pytest.mark.parametrize(
    ("name", "last"), [("tf_efficientnet_lite0", 3), ("tf_efficientnet_lite0", 4), ("tf_efficientnet_lite1", 3)]
)
@pytest.mark.parametrize("size", [(64, 48), (65, 51)])
def test_it_sees_what_timm_s_sees(name: str, last: int, size: tuple[int, int]) -> None:
    torch.manual_seed(0)
    theirs, ours = timm.create_model(name).eval(), Trunk(name, last).eval()
    for norm in (m for m in theirs.modules() if isinstance(m, torch.nn.BatchNorm2d)):
        norm.running_mean.normal_(0, 0.1), norm.running_var.uniform_(0.5, 2)
        torch.nn.init.uniform_(norm.weight, 0.5, 1.5), torch.nn.init.normal_(norm.bias, 0, 0.1)
    names = ours.state_dict().keys()
    ours.load_state_dict({k: v for k, v in theirs.state_dict().items() if k in names})  # and none is missing
    image = torch.rand(2, 3, *size) * 2 - 1
    with torch.no_grad():
        x = theirs.bn1(theirs.conv_stem(image))
        levels = [x := stage(x) for stage in [*theirs.blocks[:5], theirs.blocks[5][:last]]]
        wanted = [levels[i] for i in (0, 1, 2, 4, 5)]
        for level, want in zip(ours(image), wanted, strict=True):
            torch.testing.assert_close(level, want)
        for level, want in zip(ours(image, torch.ones(1, 32, 1, 1)), wanted, strict=True):
            assert level.shape == want.shape and not torch.equal(level, want)


def test_a_fresh_one_starts_as_timm_s_does() -> None:
    theirs, ours = timm.create_model("tf_efficientnet_lite0").state_dict(), Trunk("tf_efficientnet_lite0", 4).state_dict()
    for name, tensor in ours.items():
        if tensor.numel() > 2000:
            torch.testing.assert_close(tensor.std(), theirs[name].std(), rtol=0.1, atol=0)


def test_the_nets_of_photographs_start_without_timm() -> None:
    nets = "import sys, zoo_photos.detector, zoo_photos.parser, zoo_photos.judge"
    code = f"{nets}; sys.exit(', '.join({{'timm', 'torchvision'}} & sys.modules.keys()) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"imported: {done.stderr}"
