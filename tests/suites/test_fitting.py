"""Parts are tried as a run would build them, whichever recipe was tried before."""

import pytest

from zoo.interfaces import Context
from zoo.recipes.catalog import catalog
from zoo.recipes.request import Request, resolve
from zoo.suites import fitting
from zoo.suites.fitting import Fitting


def test_each_recipe_is_tried_with_its_own_number_of_photos(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Context] = []
    built = fitting.build_model

    def watched(recipe, context, *rest):  # type: ignore[no-untyped-def]
        seen.append(context)
        return built(recipe, context, *rest)

    monkeypatch.setattr(fitting, "build_model", watched)
    one = Fitting(catalog())
    for variant in ("full", "three-sources", "any-sources"):
        one.check(*resolve(Request("spgnet", variant=variant, track="figures-64"), catalog()))
    assert [context.sources for context in seen] == [1, 3, 3]
