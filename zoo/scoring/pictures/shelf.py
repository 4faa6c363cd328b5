"""The protocols of pictures that come with the zoo: names and files, nothing read yet."""

from functools import cache
from pathlib import Path

from zoo.documents.files import assets


@cache
def shipped() -> dict[str, Path]:
    """The file of each, by name."""
    return {path.stem: path for path in sorted((assets() / "benchmarks" / "protocols").glob("*.toml"))}
