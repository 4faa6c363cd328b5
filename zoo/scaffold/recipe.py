"""One recipe laid over another, as text: comments and order stay."""


def laid_over(recipe: str, changes: str) -> str:
    """`recipe` with the lines of `changes` in place of those of the same table and key, or else at the end of that table."""
    paragraphs = [text.splitlines() for text in recipe.strip().split("\n\n")]
    for changed in (text.splitlines() for text in changes.strip().split("\n\n")):
        same = [paragraph for paragraph in paragraphs if _table(paragraph) == _table(changed)]
        if same:
            for line in changed:
                _put(line, same)
        else:
            paragraphs.append(changed)
    return "\n\n".join("\n".join(paragraph) for paragraph in paragraphs) + "\n"


def _put(line: str, paragraphs: list[list[str]]) -> None:
    for paragraph in paragraphs:
        keys = [_key(other) for other in paragraph]
        if _key(line) in keys:
            paragraph[keys.index(_key(line))] = line
            return
    paragraphs[-1].append(line)


def _table(paragraph: list[str]) -> str:
    return next((line for line in paragraph if line.startswith("[")), "")


def _key(line: str) -> str:
    return line.partition(" = ")[0]
