"""Holes filled with patches of what is around them."""

import torch

from zoo.ops.completion import completed
from zoo.ops.scene import filled

SIZE = (64, 48)


def wall() -> torch.Tensor:
    """(1,3,H,W) rows of stones above, a plain street below."""
    y = torch.arange(SIZE[0])[:, None].expand(SIZE)
    stones = (y // 4 % 2) * 1.6 - 0.8
    picture = torch.where(y < 40, stones, torch.full_like(stones, 0.3))
    return torch.stack([picture, picture * 0.5, -picture])[None]


def known(rows: slice = slice(10, 56), columns: slice = slice(18, 30)) -> torch.Tensor:
    mask = torch.ones(1, 1, *SIZE)
    mask[:, :, rows, columns] = 0
    return mask


def test_a_pattern_goes_on_where_means_would_be_grey() -> None:
    image, mask = wall(), known()
    spoilt = torch.where(mask > 0, image, torch.tensor(9.0))
    made = completed(spoilt, mask)
    hole = mask == 0
    assert torch.equal(made * mask, image * mask)
    error, of_means = ((x - image).abs()[hole.expand(1, 3, -1, -1)].mean() for x in (made, filled(spoilt, mask)))
    assert error < 0.5 * of_means
    assert (made - image).abs()[..., 44:56, 18:30].mean() < 0.1, "the street stays the street"


def test_it_is_always_the_same_and_each_picture_by_itself() -> None:
    pictures = torch.cat([wall(), -wall()])
    masks = torch.cat([known(), known(slice(0, 30))])
    assert torch.equal(completed(pictures, masks)[1:], completed(pictures[1:], masks[1:]))


def test_where_hardly_anything_is_known_means_do() -> None:
    mask = torch.zeros(1, 1, *SIZE)
    mask[..., 0] = 1
    torch.testing.assert_close(completed(wall(), mask), filled(wall(), mask))
    assert completed(wall(), torch.ones_like(mask)).equal(wall())


def test_fine_pictures_stay_fine() -> None:
    image = torch.nn.functional.interpolate(wall(), scale_factor=6, mode="nearest")
    image = image + 0.1 * torch.randn(image.shape, generator=torch.Generator().manual_seed(0))
    mask = torch.nn.functional.interpolate(known(), scale_factor=6, mode="nearest")
    made = completed(image, mask)
    inside = made[0, 0, 96:200, 120:170]
    grain = inside - torch.nn.functional.avg_pool2d(inside[None], 3, 1, 1)[0]
    assert grain[2:-2, 2:-2].std() > 0.06, "means would have none"


def test_what_is_taken_from_the_shade_is_lit_as_its_new_place() -> None:
    grey, lighter = torch.zeros(1, 3, *SIZE), torch.full((1, 3, *SIZE), 0.25)
    image = torch.where(torch.arange(SIZE[1]) < 34, grey, lighter)
    made = completed(image, known(slice(0, 64), slice(10, 26)))
    assert made[..., 12:24].abs().mean() < 0.05


def test_what_is_left_beside_the_hole_of_what_stood_there_neither_spreads_nor_tints() -> None:
    image = torch.zeros(1, 3, *SIZE)
    image[..., 8:58, 16:32] = 1.0  # known, but for two pixels around the hole
    made = completed(image, known())
    assert made[..., 14:52, 20:28].abs().mean() < 0.35
