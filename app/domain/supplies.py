"""Supplies that a keeper fills up, and may say to have run out."""

from app.domain.facts import Named

SUPPLIES: tuple[Named, ...] = (
    Named("water", "饮用水", "Drinking water"),
    Named("first_aid", "药品", "First aid"),
    Named("toilet_paper", "厕纸", "Toilet paper"),
)
SUPPLY_NAMES: dict[str, tuple[str, str]] = {one.code: (one.name, one.name_en) for one in SUPPLIES}
