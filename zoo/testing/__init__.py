"""The contract as tests, for anybody's plugin. In a plugin's own tests, with pytest:

    @pytest.mark.parametrize("check", checks("mine"), ids=str)
    def test_promise(check): check()

`zoo plugin check mine` runs the same. A check is called without arguments and raises a ZooError that names the part, what it
promised and what was found. `make_person`, `make_pair` and `make_style` make people of noise for tests of one's own.
"""

from zoo.testing.people import make_pair, make_person, make_style
from zoo.testing.plugin import Check, checks, untried

__all__ = ["Check", "checks", "make_pair", "make_person", "make_style", "untried"]
