"""Names: the ones that are fixed, and how any name is made safe for a file."""

import re

FULL = "full"  # the variant of a recipe without a variant


def safe_name(text: str) -> str:
    """`text` in characters that every file system takes; no separator and no leading dot survives."""
    return re.sub(r"[^A-Za-z0-9._+=-]", "-", text).lstrip(".") or "-"
