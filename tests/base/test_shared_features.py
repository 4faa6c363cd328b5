"""A feature net looks at an image once, however many losses ask."""

import torch

from zoo.interfaces import Context
from zoo.regions import vocabulary
from zoo_figures.nets import Features

CONTEXT = Context(size=(32, 32), regions=vocabulary("scm8"))


def test_what_is_shared_is_what_would_have_been_computed():
    net = Features(CONTEXT)
    image = torch.rand(2, 3, 32, 32).requires_grad_()
    alone = [net(image, ["relu2_2"]), net(image, ["relu1_2", "relu3_1"])]
    with net.sharing():
        together = [net(image, ["relu2_2"]), net(image, ["relu1_2", "relu3_1"])]
    for a, b in zip(alone, together, strict=True):
        assert all(torch.equal(a[name], b[name]) for name in a)
    gradients = [torch.autograd.grad(sum(x.sum() for found in maps for x in found.values()), image)[0]
                 for maps in (alone, together)]  # fmt: skip
    torch.testing.assert_close(*gradients)


def test_a_layer_is_passed_once_inside_and_anew_outside():
    net = Features(CONTEXT)
    passes: list[torch.nn.Module] = []
    net.features[0].register_forward_hook(lambda module, *_: passes.append(module))
    image = torch.rand(1, 3, 32, 32)
    with net.sharing():
        net(image, ["relu1_1"])
        net(image, ["relu2_1"])
        with torch.no_grad():
            net(image, ["relu1_1"])  # no graph: another computation
        net(image.clone(), ["relu1_1"])
    assert len(passes) == 3
    net(image, ["relu1_1"])
    assert len(passes) == 4
