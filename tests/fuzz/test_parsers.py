"""The law of every parser, tried on the same few thousand inputs each time; `make fuzz` goes on for an hour."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz.parsers import Parser, parsers

CI = settings(max_examples=300, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("parser", parsers(), ids=lambda parser: parser.name)
def test_any_input_gives_a_result_or_a_zoo_error(parser: Parser, tmp_path: Path) -> None:
    @CI
    @given(parser.inputs)
    def law(content: bytes) -> None:
        parser.obeys(content, tmp_path)

    law()
    assert parser.counts["refused"] > 10, "the inputs are not strange enough"
    assert parser.counts["results"] > 0 or parser.name == "checkpoint", "the inputs are too strange to get past the door"
