"""Region vocabularies as data: labels, flips, remaps. Imports no torch."""

from dataclasses import dataclass

from zoo.errors import ZooError, nearest, unknown


@dataclass(frozen=True)
class Vocabulary:
    """Region labels in channel order; label 0 of every vocabulary but `groupdnet8` is the background."""

    name: str
    labels: tuple[str, ...]
    flip: tuple[tuple[int, int], ...] = ()  # pairs that change places in a mirrored image

    def __len__(self) -> int:
        return len(self.labels)

    def index(self, label: str) -> int:
        """The channel of `label`; a ZooError names the nearest label when there is none."""
        if label not in self.labels:
            raise ZooError(
                f"unknown region {label!r}",
                where=f"vocabulary {self.name}",
                fix=nearest(label, self.labels),
                exit_code=2,
            )
        return self.labels.index(label)


def _vocabulary(name: str, labels: str, flip: tuple[tuple[int, int], ...] = ()) -> Vocabulary:
    return Vocabulary(name, tuple(labels.split()), flip)


_ARMS_LEGS_SHOES = ((14, 15), (16, 17), (18, 19))
VOCABULARIES: dict[str, Vocabulary] = {
    v.name: v
    for v in (
        _vocabulary(
            "lip20",
            "background hat hair glove sunglasses upper dress coat socks pants jumpsuits scarf skirt face "
            "l_arm r_arm l_leg r_leg l_shoe r_shoe",
            _ARMS_LEGS_SHOES,
        ),
        _vocabulary(
            "cihp20",
            "background hat hair glove sunglasses upper dress coat socks pants torso_skin scarf skirt face "
            "l_arm r_arm l_leg r_leg l_shoe r_shoe",
            _ARMS_LEGS_SHOES,
        ),
        _vocabulary(
            "atr18",
            "background hat hair sunglasses upper skirt pants dress belt l_shoe r_shoe face l_leg r_leg l_arm r_arm bag scarf",
            ((9, 10), (12, 13), (14, 15)),
        ),
        _vocabulary(
            "vitonhd13",  # its parsings are of LIP's words; these are what VITON-HD and HR-VITON make of them
            "background hair face upper bottom l_arm r_arm l_leg r_leg l_shoe r_shoe socks noise",
            ((5, 6), (7, 8), (9, 10)),
        ),
        _vocabulary(
            "acgpn14",  # issue 29: no photo has 2 and 3
            "background hair unused_2 unused_3 upper l_shoe r_shoe noise pants l_leg r_leg l_arm face r_arm",
            ((5, 6), (9, 10), (11, 13)),
        ),
        _vocabulary("scm8", "background pants hair skirt face upper arms legs"),
        _vocabulary("pise8", "background hat hair upper lower1 lower2 skin face"),
        _vocabulary("pinet12", "background " + " ".join(f"part_{i}" for i in range(1, 12))),  # SPL2, whose labels have no names
        _vocabulary("groupdnet8", "hair face skin top bottom socks shoes background"),
        _vocabulary("face8", "background skin hair brows eyes nose mouth rest"),  # neck is skin; rest: ears, hat, cloth
        _vocabulary("spt10", "background face hair upper pants skirt l_arm r_arm l_leg r_leg", ((6, 7), (8, 9))),
        _vocabulary(
            "ccp59",  # Clothing Co-Parsing; labels as in its label_list.mat, where the background is "null"
            "background accessories bag belt blazer blouse bodysuit boots bra bracelet cape cardigan clogs coat dress earrings "
            "flats glasses gloves hair hat heels hoodie intimate jacket jeans jumper leggings loafers necklace panties pants "
            "pumps purse ring romper sandals scarf shirt shoes shorts skin skirt sneakers socks stockings suit sunglasses "
            "sweater sweatshirt swimwear t-shirt tie tights top vest wallet watch wedges",
        ),
    )
}

# (from, to) -> preset -> table[label of `from`] = label of `to`. The first preset of a pair is the default.
#                    bg ha hr gl su up dr co so pa 10 sc sk fa la ra ll rl ls rs
_SCM = (0, 2, 2, 6, 4, 5, 5, 5, 7, 1, 1, 5, 3, 4, 6, 6, 7, 7, 7, 7)
_SCM_DRESS_AS_SKIRT = (0, 2, 2, 6, 4, 5, 3, 5, 7, 1, 1, 5, 3, 4, 6, 6, 7, 7, 7, 7)
_ADGAN = (0, 2, 2, 6, 4, 5, 5, 5, 7, 1, 4, 5, 3, 4, 6, 6, 7, 7, 7, 7)  # "merge3", ADGAN issue 10
_CASD = (0, 2, 2, 3, 4, 5, 5, 5, 7, 1, 5, 5, 1, 4, 6, 6, 7, 7, 7, 7)  # also called "merge3", another table
_PISE = (0, 1, 1, 0, 0, 2, 3, 2, 7, 3, 6, 0, 3, 5, 6, 6, 7, 7, 4, 4)  # PISE issue 2, an example; the released SPL8 differs
_GROUPDNET = (7, 0, 0, 3, 1, 3, 3, 3, 5, 4, 2, 3, 4, 1, 2, 2, 2, 2, 6, 6)
_SPT = (0, 2, 2, 6, 1, 3, 3, 3, 8, 4, 3, 3, 5, 1, 6, 7, 8, 9, 8, 9)  # a glove or sock of unknown side goes left
_SPT_CIHP = (*_SPT[:10], 1, *_SPT[11:])  # label 10 is the torso's skin there: neck and chest go with the face, not with cloth
_VITON_HD = (0, 1, 1, 12, 2, 3, 3, 3, 11, 4, 0, 12, 4, 2, 5, 6, 7, 8, 9, 10)
_ACGPN = (0, 1, 1, 0, 12, 4, 4, 4, 8, 8, 4, 0, 8, 12, 11, 13, 9, 10, 5, 6)  # for LIP, a user's: minar09/ACGPN issue 2
_ACGPN_CIHP = (*_ACGPN[:10], 12, *_ACGPN[11:])  # the torso's skin goes with the face, as below
# Clothing Co-Parsing names garments, not limbs, and which limb it is takes joints to tell: skin goes with the face, shoes and
# socks with the left leg, what is worn on an arm with the left arm. Bags go with the background.
_CCP_AS_SPT = {
    "face": "skin earrings glasses sunglasses",
    "hair": "hair hat",
    "upper": "belt blazer blouse bodysuit bra cape cardigan coat dress hoodie intimate jacket jumper necklace romper scarf "
    "shirt suit sweater sweatshirt swimwear t-shirt tie top vest",
    "pants": "jeans leggings panties pants shorts",
    "skirt": "skirt",
    "l_arm": "bracelet gloves ring watch",
    "l_leg": "boots clogs flats heels loafers pumps sandals shoes sneakers socks stockings tights wedges",
}
_ATR_AS_SPT = {
    "face": "face sunglasses", "hair": "hair hat", "upper": "upper dress belt scarf", "pants": "pants", "skirt": "skirt",
    "l_arm": "l_arm", "r_arm": "r_arm", "l_leg": "l_leg l_shoe", "r_leg": "r_leg r_shoe",
}  # fmt: skip
_TRY_ON_AS_SPT = {  # ACGPN and VITON-HD; of noise nobody knows what it is
    "face": "face", "hair": "hair", "upper": "upper", "pants": "pants bottom", "l_arm": "l_arm", "r_arm": "r_arm",
    "l_leg": "l_leg l_shoe socks", "r_leg": "r_leg r_shoe",
}  # fmt: skip
_AS_20 = {word: word for word in VOCABULARIES["lip20"].labels if word in VOCABULARIES["cihp20"].labels}
_AS_20 |= {"upper": "upper belt", "pants": "pants bottom"}


def _gathered(source: str, target: str, labels: dict[str, str]) -> tuple[int, ...]:
    """The table that sends the listed labels of `source` to a label of `target` each, and the others to the background."""
    to = {word: VOCABULARIES[target].index(label) for label, words in labels.items() for word in words.split()}
    return tuple(to.get(label, 0) for label in VOCABULARIES[source].labels)


def _preset(source: str) -> str:
    return source.rstrip("0123456789")


_SPT_SCM = (0, 4, 2, 5, 1, 3, 6, 6, 7, 7)
_AS_SPT = {
    source: _gathered(source, "spt10", labels)
    for source, labels in (
        ("ccp59", _CCP_AS_SPT), ("atr18", _ATR_AS_SPT), ("vitonhd13", _TRY_ON_AS_SPT), ("acgpn14", _TRY_ON_AS_SPT),
    )
}  # fmt: skip
_FROM_20: dict[str, dict[str, tuple[int, ...]]] = {
    "scm8": {"scm": _SCM, "scm-dress-as-skirt": _SCM_DRESS_AS_SKIRT, "adgan": _ADGAN, "casd": _CASD},
    "pise8": {"pise": _PISE},
    "groupdnet8": {"groupdnet": _GROUPDNET},
    "spt10": {"spt": _SPT},
    "vitonhd13": {"vitonhd": _VITON_HD},
    "acgpn14": {"acgpn": _ACGPN},
}
REMAPS: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {
    **{(source, target): tables for source in ("lip20", "cihp20") for target, tables in _FROM_20.items()},
    ("cihp20", "spt10"): {"spt": _SPT_CIHP},
    ("cihp20", "acgpn14"): {"acgpn": _ACGPN_CIHP},
    ("spt10", "scm8"): {"spt": _SPT_SCM},
    **{(source, "spt10"): {_preset(source): table} for source, table in _AS_SPT.items()},
    **{(source, "scm8"): {_preset(source): tuple(_SPT_SCM[label] for label in table)} for source, table in _AS_SPT.items()},
    **{
        (source, target): {_preset(source): _gathered(source, target, _AS_20)}
        for source in ("atr18", "vitonhd13", "acgpn14")
        for target in ("lip20", "cihp20")
    },
}


def vocabulary(name: str) -> Vocabulary:
    """The vocabulary called `name`, or a ZooError with the nearest name."""
    if name not in VOCABULARIES:
        raise unknown("region vocabulary", name, VOCABULARIES, where="the words of regions")
    return VOCABULARIES[name]


def remap_table(source: str, target: str, preset: str | None = None) -> tuple[int, ...]:
    """Label table from one vocabulary to another; identity when they are the same. ZooError with the nearest name."""
    words, _ = vocabulary(source), vocabulary(target)
    if source == target and preset is None:
        return tuple(range(len(words)))
    tables = REMAPS.get((source, target))
    if tables is None:
        known = [to for (frm, to) in REMAPS if frm == source]
        raise ZooError(
            f"no remap from {source} to {target}",
            where="zoo.regions.REMAPS",
            fix=f"{source} can become: {', '.join(known) or 'nothing else'}",
            exit_code=2,
        )
    preset = preset or next(iter(tables))
    if preset not in tables:
        raise ZooError(
            f"unknown remap preset {preset!r}", where=f"{source} -> {target}", fix=nearest(preset, tables), exit_code=2
        )
    return tables[preset]


# What a region is to a figure that is laid out in a pose; what is none of these, background aside, is cloth.
FIGURE = ("head", "arm", "leg", "cloth")
_OF_FIGURE = {
    "head": "hat hair face sunglasses glasses earrings necklace torso_skin neck",
    "arm": "glove gloves arms l_arm r_arm skin bracelet ring watch",
    "leg": "pants legs l_leg r_leg socks l_shoe r_shoe shoes bottom lower1 boots clogs flats heels jeans leggings loafers "
    "pumps sandals shorts sneakers stockings tights wedges",
}
_KIND = {word: kind for kind, words in _OF_FIGURE.items() for word in words.split()}
_NO_FIGURE = ("background", "bag", "purse", "wallet", "accessories")


def figure_table(words: Vocabulary) -> tuple[int, ...]:
    """Label table from a vocabulary to the kinds of `FIGURE`, and beyond them what is no figure."""
    return tuple(len(FIGURE) if label in _NO_FIGURE else FIGURE.index(_KIND.get(label, "cloth")) for label in words.labels)
