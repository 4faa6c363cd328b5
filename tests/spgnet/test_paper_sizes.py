"""Sizes paper and market against the numbers of the paper and of the authors' code, and SPATN* taught elsewhere."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from tests.support import make_pair, unworn
from zoo.errors import ZooError
from zoo.interfaces import Context
from zoo.model import build_model
from zoo.recipes.catalog import catalog
from zoo.recipes.loading import load_recipe
from zoo.recipes.recipe import Plateau, Recipe
from zoo.recipes.request import Request
from zoo.regions import vocabulary
from zoo.running.training import train_recipe
from zoo.store.registry import registry
from zoo.store.tensors import read_tensors
from zoo.types import Person
from zoo_base.patn import PoseAttention
from zoo_spgnet.patn import ImageSPATN
from zoo_spgnet.sean import SEAN

PAPER = ("paper", "market")
NARROW = {"width": 4, "blocks": 2, "kernel": 3}


def chosen(size: str, variant: str = "full") -> Recipe:
    return load_recipe(catalog().recipes["spgnet"], size=size, variant=variant)


# ---------------------------------------------------------------- PATN's blocks reflect
def reflected(x: Tensor, layer: nn.Conv2d) -> Tensor:
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), layer.weight, layer.bias)


def test_patns_blocks_reflect_at_the_border() -> None:
    torch.manual_seed(0)
    block = PoseAttention(4, 8, "instance", 0.5, "reflect").eval()
    style, pose = torch.randn(2, 4, 5, 6), torch.randn(2, 8, 5, 6)
    (image_entry, _, image_exit), (pose_entry, _, pose_exit) = block.image[0], block.pose
    moved = F.instance_norm(reflected(F.instance_norm(reflected(style, image_entry[0])).relu(), image_exit))
    q = reflected(F.instance_norm(reflected(pose, pose_entry[0])).relu(), pose_exit)
    expected = style + torch.sigmoid(q) * moved
    result, handed_on = block(style, pose)
    torch.testing.assert_close(result, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(handed_on, torch.cat([q, expected], 1), atol=1e-5, rtol=1e-5)


def test_paper_and_market_reflect_and_small_does_as_its_records_did() -> None:
    modes = {}
    for size in (*PAPER, "small"):
        recipe = chosen(size)
        with torch.device("meta"):
            model = build_model(recipe, Context(size=(64, 64), regions=vocabulary("cihp20")), "cihp20", catalog())
        blocks = [m for m in model.parsing.modules() if isinstance(m, PoseAttention)]
        modes[size] = {c.padding_mode for block in blocks for c in block.modules() if isinstance(c, nn.Conv2d)}
    assert modes == {"paper": {"reflect"}, "market": {"reflect"}, "small": {"zeros"}}


# ---------------------------------------------------------------- SPATN* and its canvas
def spatn(size: tuple[int, int], canvas: int) -> ImageSPATN:
    torch.manual_seed(1)
    return ImageSPATN(Context(size=size, regions=vocabulary("cihp20"), pose_channels=30), canvas=canvas, **NARROW).eval()  # type: ignore[arg-type]


def market_people() -> tuple[Person, Person]:
    pair = make_pair((128, 64), 1, regions=20)
    generator = torch.Generator().manual_seed(2)
    poses = [(torch.rand(1, 30, 128, 64, generator=generator) < 0.2).float() for _ in range(2)]
    return pair.source.but(pose=poses[0]), pair.target.but(pose=poses[1])


def on_canvas(person: Person) -> Person:
    """As in the authors' code: twice as large, in columns 64 to 192 of a white square of 256."""
    assert person.image is not None and person.pose is not None
    image, pose = torch.ones(1, 3, 256, 256), torch.zeros(1, 30, 256, 256)
    image[..., 64:192] = F.interpolate(person.image, scale_factor=2, mode="bilinear", align_corners=False)
    pose[..., 64:192] = person.pose.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return Person(size=(256, 256), joints=person.joints, visible=person.visible, image=image, pose=pose)


def test_market_s_regions_are_predicted_on_a_canvas_of_256_and_cut_out() -> None:
    source, target = market_people()
    with torch.inference_mode():
        found = spatn((128, 64), 256)(source, target).argmax(1)
        wide = spatn((256, 256), 0)(on_canvas(source), on_canvas(target)).argmax(1)[..., 64:192]
    assert found.shape == (1, 128, 64) and len(found.unique()) > 1
    assert torch.equal(found, wide[:, 1::2, 1::2]), "nearest to the centre of a pixel, of four that are as near"


def test_on_its_own_size_a_canvas_changes_nothing() -> None:
    pair = make_pair((32, 32), 1, regions=20)
    people = [person.but(pose=torch.rand(1, 30, 32, 32)) for person in (pair.source, pair.target)]
    with torch.inference_mode():
        assert torch.equal(spatn((32, 32), 32)(*people), spatn((32, 32), 0)(*people))


def test_a_canvas_that_does_not_halve_twice_is_refused() -> None:
    with pytest.raises(ZooError, match="canvas of 250 pixels") as refusal:
        spatn((128, 64), 250)
    assert refusal.value.fix == "--set parsing.canvas=248"


# ---------------------------------------------------------------- numbers
@pytest.mark.parametrize("size", PAPER)
def test_weights_rates_and_the_plateau_are_the_printed_ones(size: str) -> None:
    recipe = chosen(size)
    main = recipe.phases[1]
    assert (main.lr, main.critic_lr, main.betas) == (2e-4, 2e-5, (0.5, 0.999)) and recipe.phases[0].lr == 2e-4
    assert main.plateau == Plateau(watch="rec", split="train", factor=0.5) and main.schedule == "constant"
    weights = {name: recipe.losses[name].weight for name in ("parsing", "rec", "perceptual", "adversarial")}
    assert weights == {"parsing": 10.0, "rec": 1.0, "perceptual": 0.125, "adversarial": 2 * 0.01}, "the last one halves"
    assert recipe.ema == 0


def test_market_is_narrower_in_its_normalisation_and_draws_discs_of_four_pixels() -> None:
    recipe = chosen("market")
    with torch.device("meta"):
        model = build_model(recipe, Context(size=(128, 64), regions=vocabulary("cihp20")), "cihp20", catalog())
    kernels = {m.semantic.kernel_size for m in model.generator.modules() if isinstance(m, SEAN)}
    assert kernels == {(3, 3)} and any(isinstance(m, nn.BatchNorm2d) for m in model.parsing.modules())
    person = make_pair((128, 64), 1).target
    joints = torch.zeros_like(person.joints)
    joints[0, 0] = torch.tensor([30.0, 60.0])
    disc = model.pose.draw(person.but(joints=joints, visible=torch.ones_like(person.visible)), (128, 64))[0, 0]
    assert disc[60, 34] == 1 and disc[60, 35] == 0


def test_the_user_study_is_quoted() -> None:
    rows = {(r.dataset, r.method): r.metrics for r in registry().published if r.table == "Table 2, user study"}
    assert len(rows) == 14 and rows["DeepFashion", "SPGNet"] == {"r2g": 19.47, "g2r": 36.8, "jab": 32.0}
    assert rows["Market-1501", "SPGNet"] == {"r2g": 37.93, "g2r": 66.53, "jab": 25.13}
    for dataset in ("DeepFashion", "Market-1501"):
        assert sum(m["jab"] for (where, _), m in rows.items() if where == dataset) == pytest.approx(100, abs=0.01)


# ---------------------------------------------------------------- taught on one set, asked on another
SPATN = [f"parsing.{key}={value}" for key, value in ({"norm": "batch", "dropout": 0.0, "canvas": 32} | NARROW).items()]
REST = ["style.width=4", "style.cap=8", "style.code_width=4", "style.code_base=4", "merge.flow_width=4", "merge.flow_cap=8",
        "generator.width=4", "generator.cap=8", "generator.hidden=4",
        "losses.adversarial.width=4", "losses.adversarial.blocks=1"]  # fmt: skip


def track(folder: Path, size: tuple[int, int]) -> str:
    path = folder / f"t{size[1]}.toml"
    people = '{ use = "figures.people", train_people = 4, val_people = 2, test_people = 2, val_pairs = 2, test_pairs = 2 }'
    path.write_text(
        f'name = "t{size[1]}"\ndataset = {people}\nsize = [{size[0]}, {size[1]}]\nscale = "market"\nprotocol = "figures-v1"\n'
        'features = "figures.features"\n[budget]\nsteps = 4\nbatch = 2\n'
    )
    return str(path)


def request(folder: Path, size: tuple[int, int], variant: str, changes: list[str], **more: object) -> Request:
    out = folder / f"{variant}{len(more)}"
    return Request("spgnet", variant, track(folder, size), changes, device="cpu", out=out, steps=2, **more)  # type: ignore[arg-type]


def test_spatn_taught_on_squares_serves_on_tall_images(tmp_path: Path) -> None:
    folder = train_recipe(request(tmp_path, (32, 32), "spatn-alone", SPATN), catalog()).folder
    taught = folder / "weights.safetensors"
    given = request(tmp_path, (32, 16), "spatn-given", [*SPATN, *REST], init_from=taught)
    folder = train_recipe(given, catalog()).folder
    before, after = read_tensors(taught)[0], read_tensors(folder / "weights.safetensors")[0]
    kept = [name for name in after if name.startswith("parsing.")]
    assert kept and all(torch.equal(before[name], after[name]) for name in kept), "and is left as it was taught"
    alone = request(tmp_path, (32, 16), "spatn-given", [*SPATN, *REST])
    with pytest.raises(ZooError, match=r"no phase trains parsing spgnet\.spatn_image") as refusal:
        train_recipe(alone, catalog())
    assert "--init-from" in refusal.value.fix


def test_what_is_taught_alone_holds_nothing_else() -> None:
    recipe = chosen("market", "spatn-alone")
    model = build_model(recipe, Context(size=(32, 32), regions=vocabulary("cihp20")), "cihp20", catalog())
    counts = {name: count for name, count in model.parameter_count().items() if count}
    assert set(counts) == {"parsing"} and unworn(model.parsing).canvas == 256
