"""The command line, called in this process."""

from tests.cli.conftest import zoo

__all__ = ["zoo"]
