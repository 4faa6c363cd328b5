"""Options that contradict each other."""

from zoo.errors import ZooError


def refuse_unread(because: str, part: str, **options: bool) -> None:
    """ZooError for an option that is set though nothing reads it, `because` of another; `part` is "kind name"."""
    for option in (name for name, given in options.items() if given):
        kind = part.split()[0]
        raise ZooError(f"{option} means nothing {because}", where=part, fix=f"--set {kind}.{option}=false", exit_code=2)
