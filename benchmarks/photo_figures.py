"""Rendered people on the shelf beside the photographs: whatever side they turn to the camera, left and right are known."""

import torch
from photo_shelf import SIZE, Shelf

from zoo.interfaces import Context
from zoo.ops.image import to_uint8
from zoo.regions import vocabulary
from zoo_figures.dataset import People

VIEWS = 6


def with_figures(photos: Shelf, count: int) -> Shelf:
    """The shelf and `count` figures after its photographs, half of them cut at the hips or thighs."""
    device = str(photos.images.device)
    people = People(
        Context(size=SIZE, regions=vocabulary("cihp20")), train_people=count // VIEWS, views=VIEWS, crop="mixed", device=device
    )
    batches = [people.load("train", part, part).source for part in torch.arange(count // VIEWS * VIEWS).split(32)]
    images = [figure.image for figure in batches if figure.image is not None]
    regions = [figure.parsing for figure in batches if figure.parsing is not None]
    new = Shelf(
        names=[f"figures/{i}" for i in range(count // VIEWS * VIEWS)],
        images=to_uint8(torch.cat(images)),
        labels=torch.cat([maps.argmax(1).byte() for maps in regions]),
        joints=torch.cat([figure.joints for figure in batches]),
        confidence=torch.cat([figure.visible.float() for figure in batches]),
        test=torch.zeros(count // VIEWS * VIEWS, dtype=torch.bool),
    )
    return photos.beside(new.to(device))
