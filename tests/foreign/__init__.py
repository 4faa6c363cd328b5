"""A plugin by somebody who knows of no wrapper: two merging operators, a generator and a wrapper of its own."""

from collections.abc import Iterable

from zoo.hookspecs import Component, hookimpl


@hookimpl
def zoo_components() -> Iterable[Component]:
    yield Component("merge", "foreign.stir", "tests.foreign.parts:Stir", "mixes the channels of one level")
    yield Component("merge", "foreign.slide", "tests.foreign.parts:Slide", "moves every level", gives={"fields.flow"})
    yield Component("generator", "foreign.splash", "tests.foreign.parts:Splash", "one convolution of the coarsest level")
    yield Component("wrapper", "foreign.dim", "tests.foreign.parts:Dim", "half the light", wraps="generator")
