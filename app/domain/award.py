"""Awards that a station may be given in a year, as data.

This is the only copy: ``app/store/standards.py`` writes it to the table ``award_kind``.
"""

from dataclasses import dataclass

STAR = "star"


@dataclass(frozen=True, slots=True)
class AwardKind:
    """A kind of award.

    Attributes:
        code: what the record calls it.
        name, name_en: as pages call it.
        has_stars: whether it is given in stars, which follow from an inspection.
    """

    code: str
    name: str
    name_en: str
    has_stars: bool = False


AWARD_KINDS: tuple[AwardKind, ...] = (
    AwardKind(STAR, "星级站点", "Stars", has_stars=True),
    AwardKind("most_beautiful", "最美站点", "Most beautiful station"),
    AwardKind("demonstration", "示范点", "Demonstration station"),
)
