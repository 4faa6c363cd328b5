"""HTML that is escaped by construction: only `tag` makes markup; everything else is escaped, control characters too."""

from html import escape

from zoo.errors import visible

VOID = ("img",)


class Markup(str):
    """Text that is HTML already."""


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """An element. Children that are not Markup are escaped; `class_` is `class`, `data_v` is `data-v`; None is left out."""
    given = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items() if value is not None}
    opening = "".join(f' {key}="{escape(visible(str(value)))}"' for key, value in given.items())
    closing = "" if name in VOID else f"</{name}>"
    return Markup(f"<{name}{opening}>{join(*children)}{closing}")


def join(*children: object) -> Markup:
    """Children one after the other."""
    return Markup("".join(child if isinstance(child, Markup) else escape(visible(str(child))) for child in children))
