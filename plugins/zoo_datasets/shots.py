"""Names of the field's photos, however they are spelt, and who is on them. Imports no torch."""

import re
import unicodedata
from dataclasses import dataclass

CATEGORIES = {
    "MEN": "Denim Jackets_Vests Pants Shirts_Polos Shorts Suiting Sweaters Sweatshirts_Hoodies Tees_Tanks",
    "WOMEN": "Blouses_Shirts Cardigans Denim Dresses Graphic_Tees Jackets_Coats Leggings Pants Rompers_Jumpsuits Shorts Skirts "
    "Sweaters Sweatshirts_Hoodies Tees_Tanks",
}  # of DeepFashion In-shop
_CATEGORY = {(gender, name.replace("_", "").casefold()): name for gender, names in CATEGORIES.items() for name in names.split()}
_FASHION = re.compile(
    r"(women|men)[/+_-]*([a-z_]+?)[/+_-]*id_?(\d{8})[/+_-]*(\d{2})_(\d)_?(front|side|back|full|flat|additional)(?![a-z])"
)
_MARKET = re.compile(r"(?<![\d-])(-1|\d{4})_(c\d+s\d+_\d+_\d+)")
_NOBODY = ("-1", "0000")  # what Market-1501 calls junk and distractors


@dataclass(frozen=True)
class KnownPhoto:
    """A photo by the field's usual name, and the identity of who is on it: None for nobody."""

    name: str
    identity: str | None


def fashion(name: str) -> KnownPhoto | None:
    """A photo of DeepFashion In-shop by any spelling of its name, or None.

    `fashionWOMENDressesid0000000202_1front.jpg`, `fashion+WOMEN+...`, `fasion...` without the `_` of a category, or
    `WOMEN/Dresses/id_00000002/02_1_front.jpg` below any folder. A person is gender, category, item and colour: another colour
    of an item may well be worn by somebody else.
    """
    found = _FASHION.search(_plain(name))
    if found is None:
        return None
    gender, category, item, colour, number, view = found.groups()
    known = _CATEGORY.get((gender.upper(), category.replace("_", "")))
    if known is None:
        return None
    who = f"{gender.upper()}{known}id{item}{colour}"
    return KnownPhoto(f"fashion{who}_{number}{view}.jpg", who)


def market(name: str) -> KnownPhoto | None:
    """A photo of Market-1501, `0002_c1s1_000451_03.jpg`, or None; the person is the number, and -1 and 0000 are nobody."""
    found = _MARKET.search(_plain(name).rpartition("/")[2])
    if found is None:
        return None
    person, rest = found.groups()
    return KnownPhoto(f"{person}_{rest}.jpg", None if person in _NOBODY else person)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).replace("\\", "/").casefold()
