"""Half precision changes a picture little, the parameters not at all, and nothing where it is not asked for."""

import pytest
import torch

import zoo
from zoo.errors import ZooError
from zoo.model import Model, build_context, build_model
from zoo.ops.precision import Wanted, settled
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.testing import make_pair


def model(name: str = "scmnet") -> Model:
    recipe, track = resolve(Request(name), catalog())
    return build_model(recipe, build_context(recipe, track, catalog()), recipe.regions, catalog()).eval()


def test_bf16_is_near_and_comes_out_single() -> None:
    net = model()
    pair = make_pair((64, 64), regions=len(net.table))
    with torch.no_grad():
        single = net(pair).image
        net.precision = "bf16"
        half = net(pair).image
        net.precision = "no"
        again = net(pair).image
    assert single is not None and half is not None and half.dtype == torch.float32
    assert torch.equal(single, again)
    assert 0 < (single - half).abs().mean() < 0.01
    assert {p.dtype for p in net.parameters()} == {torch.float32}


def test_no_other_precision_is_known() -> None:
    with pytest.raises(ZooError, match="precision"):
        Request("scmnet", precision="fp8")  # type: ignore[arg-type]


@pytest.mark.parametrize(("tiles", "wanted", "got"), [(True, "auto", "bf16"), (False, "auto", "no"), (True, "no", "no")])
def test_auto_is_bf16_where_the_processor_multiplies_it(
    tiles: bool, wanted: Wanted, got: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: tiles)
    assert settled(wanted, "cpu") == got
    assert settled("bf16", "cpu") == "bf16" and settled("auto", "mps") == "no"


def test_what_is_painted_in_bf16_unasked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cpu._is_amx_tile_supported", lambda: True)
    told: list[str] = []
    assert zoo.load("scmnet", device="cpu", tell=told.append).model.precision == "bf16"
    assert any("bf16" in line and "--precision no" in line for line in told)
    assert zoo.load("scmnet", device="cpu", precision="no", tell=told.append).model.precision == "no"
