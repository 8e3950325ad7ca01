"""Who made what lies under our maps, and what every page of a demo says."""

DEMO_LABEL = ("演示城市 · 数据均为虚构", "Demo city · everything here is made up")
OSM_ATTRIBUTION = "地图数据 © OpenStreetMap 贡献者 contributors"
DEMO_ATTRIBUTION = "虚构底图 Made-up map"


def demo_label(kind: str) -> tuple[str, str]:
    """Return in Chinese and English what a register of this kind says on every page."""
    return DEMO_LABEL if kind == "demo" else ("", "")


def attribution(kind: str) -> str:
    """Return who made the base map of a register of this kind."""
    return DEMO_ATTRIBUTION if kind == "demo" else OSM_ATTRIBUTION
