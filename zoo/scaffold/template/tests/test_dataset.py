"""A person is the same in all their images, people differ, and no split shares one."""

import torch
from zoo_myplugin.dataset import StickPeople

from zoo.interfaces import Context
from zoo.regions import vocabulary

UPPER = vocabulary("scm8").index("upper")


def colour(data: StickPeople, split: str, image: int) -> list[float]:
    """Of the upper clothes; where they are drawn follows from the joints."""
    person = data.load(split, torch.tensor([image]), torch.tensor([image])).source
    return person.image[0, :, person.parsing[0, UPPER] == 1].unique(dim=1).squeeze(1).tolist()


def test_the_images_of_a_person_are_of_one_person() -> None:
    data = StickPeople(Context((48, 32), vocabulary("scm8")), people=8, poses=3)
    [first, second] = [[colour(data, "train", image) for image in images] for images in data.groups("train")[:2]]
    assert first[0] == first[1] == first[2] != second[0]
    assert colour(data, "test", 0) != first[0]
    pair = data.load("train", torch.tensor([0]), torch.tensor([1]))
    assert not torch.equal(pair.source.joints, pair.target.joints), "in another pose"


def test_the_digest_follows_the_options() -> None:
    few, many = (StickPeople(Context((48, 32), vocabulary("scm8")), people=n) for n in (8, 16))
    assert few.digest("train") != many.digest("train") != many.digest("test")
