"""The plugin keeps what it promises: its contents, its parts, their mixes with everybody's parts, its recipes."""

import pytest

from zoo.testing import Check, checks


@pytest.mark.parametrize("check", checks("myplugin"), ids=str)
def test_promise(check: Check) -> None:
    check()
