"""What many fields of records are: counts, names, seconds, moments. Imports no torch."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

Count = Annotated[int, Field(ge=0, lt=2**63)]
Positive = Annotated[int, Field(gt=0, lt=2**63)]
Text = Annotated[str, Field(max_length=300)]
Name = Annotated[str, Field(min_length=1, max_length=300)]
Seconds = Annotated[float, Field(ge=0)]
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(9000, 1, 1, tzinfo=UTC))]
