"""When two records may be one station: names and addresses laid bare, and a score."""

import re
import unicodedata
from dataclasses import dataclass

NEAR_METRES = 150.0
# so near that names may differ: two schemes name one room in two ways
SAME_SPOT_METRES = 10.0
# names that share less are not compared any further; also the blocking of the search
LEAST_NAME = 0.5
# beside each other less is enough: a short Chinese name has few trigrams to share
LEAST_NEAR = 0.35
PROPOSED_FROM = 0.4

REASON_NAMES: dict[str, tuple[str, str]] = {
    "metres": ("相距", "apart"),
    "name": ("名称相似", "names alike"),
    "address": ("地址相似", "addresses alike"),
    "same_phone": ("负责人电话相同", "one keeper's phone"),
    "same_number": ("旧编号或外部编号相同", "one earlier or foreign number"),
}

# what every station is called, and what every host is: it tells none from another
_BRAND = (
    "渝工港湾|劳动者港湾|职工港湾|户外劳动者|新就业形态劳动者|劳动者|工会|爱心|暖心|温馨|司机之家|骑手|"
    "环卫工人?|服务驿站|驿站|港湾|服务站点?|服务点|休息[室站点]|歇脚[处点]|站点|之家|站"
)
_HOST = (
    "股份|有限责任公司|有限公司|公司|集团|中国|银行|支行|分行|分理处|营业部|营业厅|营业室|网点|"
    "加油站|党群服务中心|便民服务中心|便民服务大厅|服务中心|服务大厅|社区居委会|居委会|办事处|大药房|药店|分店"
)
_BRANDS = re.compile(_BRAND)
_HOSTS = re.compile(_HOST)
_SIGNS = re.compile(r"[\W_]+")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[-–—](?=\d)")
# 小区, 社区 and the like are no districts
_ABOVE = re.compile(
    r"^(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区|特别行政区))?(?:[\u4e00-\u9fff]{2,6}?(?:(?<![超城门夜都])市|自治州|地区))?"
    r"(?:[\u4e00-\u9fff]{1,7}?(?:自治县|县|旗|(?<![小社园景校厂片库])区))?"
)
_DIGITS = re.compile(r"\d+")
_CHINESE_DIGITS = str.maketrans("一二三四五六七八九", "123456789")
_ORDINAL = re.compile(r"第?([一二三四五六七八九]|\d{1,3})(?=号?(?:店|站|分|支|网|部|$))")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike two records are.

    Attributes:
        metres: how far apart they lie, None if one has no place.
        name, address: likeness of both laid bare, 0 to 1; 0 where one is empty.
        same_phone, same_number: whether they share a keeper's phone, or a number or foreign id.
        numbered_apart: whether their names carry different numbers: 一号, 二号.
    """

    metres: float | None
    name: float
    address: float
    same_phone: bool = False
    same_number: bool = False
    numbered_apart: bool = False


def bare_name(name: str) -> str:
    """Return what in a name tells a station from others: without brand, host and signs."""
    clean = _clean(name)
    within = _ABOVE.sub("", clean) or clean
    # hosts first: 加油站 ends like a station
    without_host = _HOSTS.sub("", within)
    return _BRANDS.sub("", without_host) or _BRANDS.sub("", within) or within


def bare_address(address: str) -> str:
    """Return an address from the street on, without province, city, district and signs."""
    clean = _clean(address)
    return _ABOVE.sub("", clean) or clean


def numbers_of(name: str) -> tuple[str, ...]:
    """Return the numbers that a name carries: of a branch, a shop, a room."""
    clean = _clean(name)
    counted = _ORDINAL.sub(lambda found: found[1].translate(_CHINESE_DIGITS), clean)
    return tuple(sorted(number.lstrip("0") for number in _DIGITS.findall(counted)))


def score(alike: Likeness) -> float | None:
    """Return from 0 to 1 how likely two records are one station, None if not worth a look."""
    near = alike.metres is not None and alike.metres <= NEAR_METRES
    if not (alike.same_number or _worth_a_look(alike, near=near)):
        return None
    if near:
        nearness = 1 - (alike.metres or 0) / NEAR_METRES
        points = 0.45 * alike.name + 0.2 * alike.address + 0.35 * nearness
    else:
        points = 0.6 * alike.name + 0.4 * alike.address
    points += 0.25 * alike.same_phone + 0.5 * alike.same_number
    if alike.numbered_apart:
        points *= 0.6
    elif _same_spot(alike):
        points = max(points, PROPOSED_FROM)
    points = min(points, 1.0)
    return round(points, 3) if points >= PROPOSED_FROM or alike.same_number else None


def _worth_a_look(alike: Likeness, *, near: bool) -> bool:
    if _same_spot(alike):
        return True
    most = max(alike.name, alike.address)
    if near:
        return most >= LEAST_NEAR
    if alike.same_phone:
        return most >= LEAST_NAME
    # two places far apart are two stations, whatever they are called
    if alike.metres is not None:
        return False
    return alike.name >= LEAST_NAME and alike.address >= LEAST_NAME


def _same_spot(alike: Likeness) -> bool:
    return alike.metres is not None and alike.metres <= SAME_SPOT_METRES


def _clean(text: str) -> str:
    # 14-7号 is not 147号
    joined = _BETWEEN_DIGITS.sub("之", unicodedata.normalize("NFKC", text).lower())
    return _SIGNS.sub("", joined)
