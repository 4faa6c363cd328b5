"""`zoo run`: score a recipe on a track, with the shipped weights or trained from scratch."""

import zoo
from zoo.cli.asking import OPTIONS, Asked, asking
from zoo.cli.leaderboard import shown_by
from zoo.cli.output import Json, say, show
from zoo.documents.voice import leads


@asking(*OPTIONS)
def command(asked: Asked, json: Json = False) -> None:
    """Score a recipe on a track.

    Leaves an immutable record, a report page and a leaderboard row.
    """
    result = zoo.run(**asked)
    if not leads():
        return
    from zoo.cli.reporting import report

    text, page = report(result)
    show(result.record_path.read_text(encoding="utf-8").rstrip() if json else text)
    elsewhere = [result.folder] if asked["out"] else []
    say(f"record: {result.record_path}\nreport: {page}\nrun folder: {result.folder}")
    say(f"on the board: {shown_by(result.record.track_name, *elsewhere)}")
