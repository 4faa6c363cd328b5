"""Heat maps, discs, limbs: values at known distances, missing joints, sizes that are not square."""

from math import exp

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from zoo.ops.maps import discs, heat_maps, limb_distance, scale_joints, skeleton_mask
from zoo.skeleton import BODY_LIMBS, JOINTS, LIMBS

SIZE = (20, 32)


def skeleton(**placed: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """One person with only the joints named j0, j1 ...; the others are missing and hold NaN."""
    joints, visible = torch.full((1, JOINTS, 2), torch.nan), torch.zeros(1, JOINTS, dtype=torch.bool)
    for name, point in placed.items():
        joints[0, int(name[1:])] = torch.tensor(point)
        visible[0, int(name[1:])] = True
    return joints, visible


def test_heat_map_is_the_gaussian_of_the_distance() -> None:
    maps = heat_maps(*skeleton(j3=(10.0, 5.0)), SIZE, sigma=2.0)
    assert maps.shape == (1, JOINTS, *SIZE)
    assert maps[0, 3, 5, 10] == 1
    assert maps[0, 3, 8, 14] == pytest.approx(exp(-25 / 8))
    assert maps[0, [j for j in range(JOINTS) if j != 3]].abs().max() == 0


def test_heat_map_peak_follows_a_fractional_joint() -> None:
    maps = heat_maps(*skeleton(j0=(10.5, 5.0)), SIZE, sigma=3.0)
    assert maps[0, 0, 5, 10] == maps[0, 0, 5, 11]


def test_disc_holds_exactly_the_pixels_within_the_radius() -> None:
    drawn = discs(*skeleton(j7=(10.0, 8.0)), SIZE, radius=4.0)[0, 7]
    y, x = torch.meshgrid(torch.arange(SIZE[0]), torch.arange(SIZE[1]), indexing="ij")
    assert torch.equal(drawn.bool(), (x - 10) ** 2 + (y - 8) ** 2 <= 16)


def test_limb_distance_is_one_on_the_segment_and_decays_beyond_its_ends() -> None:
    limb = BODY_LIMBS.index((2, 3))
    maps = limb_distance(*skeleton(j2=(6.0, 8.0), j3=(16.0, 8.0)), SIZE, kappa=-0.1)
    assert maps.shape == (1, len(BODY_LIMBS), *SIZE)
    torch.testing.assert_close(maps[0, limb, 8, 6:17], torch.ones(11))
    assert maps[0, limb, 13, 10] == pytest.approx(exp(-0.5), abs=1e-5)  # 5 px beside: 0.60653
    assert maps[0, limb, 8, 21] == pytest.approx(exp(-0.5), abs=1e-5)  # 5 px beyond the end


def test_limb_with_a_missing_end_is_zero_not_one() -> None:
    maps = limb_distance(*skeleton(j2=(6.0, 8.0)), SIZE, kappa=-0.1)
    assert maps.abs().max() == 0


def test_coincident_ends_measure_the_distance_to_the_point() -> None:
    maps = limb_distance(*skeleton(j2=(6.0, 8.0), j3=(6.0, 8.0)), SIZE, kappa=-0.2)
    assert maps[0, BODY_LIMBS.index((2, 3)), 8, 11] == pytest.approx(exp(-1.0), abs=1e-5)
    assert torch.isfinite(maps).all()


def test_skeleton_draws_limbs_of_the_given_half_width() -> None:
    drawn = skeleton_mask(*skeleton(j1=(10.0, 4.0), j0=(10.0, 12.0)), SIZE, radius=1.0)
    assert (1, 0) in LIMBS and drawn.shape == (1, 1, *SIZE)
    assert drawn[0, 0, 8].nonzero().flatten().tolist() == [9, 10, 11]
    assert skeleton_mask(*skeleton(j1=(10.0, 4.0)), SIZE, radius=1.0).max() == 0


@settings(max_examples=25, deadline=None)
@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(st.floats(-10, 300), st.floats(-10, 300)),
)
def test_scaling_joints_keeps_the_relative_place_and_undoes_itself(
    size: tuple[int, int], to: tuple[int, int], point: tuple[float, float]
) -> None:
    joints = torch.tensor([point], dtype=torch.float64)
    scaled = scale_joints(joints, size, to)
    torch.testing.assert_close(
        (scaled + 0.5) / torch.tensor(to[::-1]), (joints + 0.5) / torch.tensor(size[::-1]), check_dtype=False
    )
    torch.testing.assert_close(scale_joints(scaled, to, size), joints)
