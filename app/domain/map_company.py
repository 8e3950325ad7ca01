"""Public maps on which a station is to be found, as data.

This is the only copy: ``app/store/standards.py`` writes it to the table ``map_company``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MapCompany:
    """Who runs a public map."""

    code: str
    name: str
    name_en: str


MAP_COMPANIES: tuple[MapCompany, ...] = (
    MapCompany("amap", "高德地图", "Amap"),
    MapCompany("baidu", "百度地图", "Baidu Maps"),
    MapCompany("tencent", "腾讯地图", "Tencent Maps"),
    MapCompany("tianditu", "天地图", "Tianditu"),
)
