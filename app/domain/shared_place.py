"""A place pasted from a map app: a share text, a link or coordinates, and their datum."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from app.domain import baidu_metres
from app.domain.errors import InvalidInput
from app.domain.written_degrees import Pair, checked, in_order, read_degrees, refused

LONGEST = 4000

SOURCE_NAMES: dict[str, tuple[str, str]] = {
    "amap": ("高德地图", "Amap"),
    "tencent": ("腾讯地图", "Tencent Maps"),
    "baidu": ("百度地图", "Baidu Maps"),
    "apple": ("苹果地图", "Apple Maps"),
    "google": ("谷歌地图", "Google Maps"),
    "osm": ("OpenStreetMap", "OpenStreetMap"),
    "geo": ("geo 链接", "a geo link"),
    "link": ("链接", "a link"),
    "text": ("坐标", "coordinates"),
}


@dataclass(frozen=True, slots=True)
class SharedPlace:
    """A place in degrees of its datum.

    Attributes:
        datum: ``wgs84``, ``gcj02``, ``bd09``, or None if it has to be asked.
        source: a key of :data:`SOURCE_NAMES`.
        likely: the datum to offer first when it is asked.
    """

    longitude: float
    latitude: float
    datum: str | None
    source: str
    likely: str | None = None


@dataclass(frozen=True, slots=True)
class _Link:
    scheme: str
    host: str
    path: str
    fragment: str
    values: Mapping[str, str]
    text: str


# a pair and, where the link itself says so, its datum
_Found = tuple[Pair, str | None] | None

_SCHEMES = "https?|geo|amapuri|androidamap|iosamap|baidumap|bdapp|bdmap|qqmap|maps"
# a link ends at a blank, or at Chinese punctuation: , 。 ; ! 、 》 」 】 in their full width
_END = r"\s\uff0c\u3002\uff1b\uff01\u3001\u300b\u300d\u3011"
_LINK = re.compile(rf"(?:{_SCHEMES}):[^{_END}]+", re.IGNORECASE)
_BARE = re.compile(
    r"(?<![\w/.])(?:[\w-]+\.)*(?:amap|qq|baidu|apple|google|goo|openstreetmap|osm)\.[a-z.]+"
    rf"/[^{_END}]+",
    re.IGNORECASE,
)
_NUMBER = r"-?\d+(?:\.\d+)?"
_TWO = re.compile(rf"({_NUMBER})\s*[,|\s+]\s*({_NUMBER})")
_SHORT = (
    "surl.amap.com", "j.map.baidu.com", "j.map.qq.com", "goo.gl", "maps.app.goo.gl", "g.co",
    "maps.apple", "url.cn", "t.cn", "dwz.cn", "w.url.cn", "u.amap.com",
)  # fmt: skip


def read_shared(text: str) -> SharedPlace:
    """Read what was pasted.

    Raises:
        InvalidInput: if it holds no place, or one that only the internet could tell.
    """
    if len(text) > LONGEST:
        raise refused(f"longer than {LONGEST} signs", f"内容太长(超过 {LONGEST} 字)。")
    links = [_parsed(match[0]) for match in _LINK.finditer(text)]
    rest = _LINK.sub(" ", text)
    links += [_parsed(f"https://{match[0]}") for match in _BARE.finditer(rest)]
    rest = _BARE.sub(" ", rest)
    for link in links:
        service = _service(link)
        found = service.read(link)
        if found is not None:
            return SharedPlace(*found[0], found[1] or service.datum, service.name, service.likely)
    written = read_degrees(rest)
    if written is None:
        raise _nothing(links)
    likely = next((_service(link).datum for link in links), None)
    return SharedPlace(*written, None, "text", likely)


def _parsed(text: str) -> _Link:
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").lower()
    except ValueError:
        return _Link("", "", "", "", {}, text)
    query = parts.query or (parts.path.partition("?")[2])
    values = {key.lower(): value for key, value in parse_qsl(query, keep_blank_values=True)}
    return _Link(
        parts.scheme.lower(), host, unquote(parts.path), unquote(parts.fragment), values, text
    )


def _service(link: _Link) -> "_Service":
    for service in _SERVICES:
        if link.scheme in service.schemes or any(_under(link.host, h) for h in service.hosts):
            return service
    return _GOOGLE if _GOOGLE_HOST.search(link.host) else _OTHER


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _amap(link: _Link) -> _Found:
    datum = None
    if link.values.get("coordinate", "").lower() == "wgs84" or link.values.get("dev") == "1":
        datum = "wgs84"
    pair = _values(link, ("lng", "lat"), ("lon", "lat"), ("dlon", "dlat"), ("slon", "slat"))
    pair = pair or _value(link, "position", "to", "dest", "markers", "center")
    # p=ID,latitude,longitude,name and q=latitude,longitude,name
    pair = pair or _value(link, "p", "q")
    return None if pair is None else (pair, datum)


def _tencent(link: _Link) -> _Found:
    datum = {"1": "wgs84", "3": "bd09"}.get(link.values.get("coord_type", ""))
    pair = _values(link, ("pointx", "pointy"), ("lng", "lat"), ("lon", "lat"))
    pair = pair or _value(link, "marker", "coord", "tocoord", "latlng", "latng", "center")
    return None if pair is None else (pair, datum)


def _baidu(link: _Link) -> _Found:
    said = link.values.get("coord_type", link.values.get("coordtype", "")).lower()
    datum = {"gcj02": "gcj02", "gcj02ll": "gcj02", "wgs84": "wgs84", "wgs84ll": "wgs84"}.get(said)
    pair = _value(link, "location", "latlng", "destination", "c", "point", "center")
    pair = pair or _values(link, ("lng", "lat"), ("lon", "lat"), ("x", "y"))
    pair = pair or _two(_after(link.path, "@"))
    return None if pair is None else (pair, datum)


def _apple(link: _Link) -> _Found:
    pair = _value(link, "coordinate", "ll", "daddr", "q", "sll", "near", "center")
    return None if pair is None else (pair, None)


def _google(link: _Link) -> _Found:
    pinned = re.findall(rf"!3d({_NUMBER})!4d({_NUMBER})", link.path + link.text)
    if pinned:
        return checked(float(pinned[-1][1]), float(pinned[-1][0])), None
    pair = _value(link, "query", "q", "ll", "destination", "daddr", "center")
    for part in ("/place/", "/search/", "/dir/"):
        pair = pair or _degrees(_after(link.path, part).replace("+", " "))
    pair = pair or _two(_after(link.path, "@"))
    return None if pair is None else (pair, None)


def _osm(link: _Link) -> _Found:
    pair = _values(link, ("mlon", "mlat"), ("lon", "lat"))
    mark = re.search(rf"map=\d+(?:\.\d+)?/({_NUMBER})/({_NUMBER})", link.fragment)
    if pair is None and mark:
        pair = checked(float(mark[2]), float(mark[1]))
    return None if pair is None else (pair, None)


def _geo(link: _Link) -> _Found:
    # Android writes geo:0,0?q=latitude,longitude(name)
    pair = _value(link, "q") or _two(link.path)
    return None if pair is None else (pair, None)


def _any(link: _Link) -> _Found:
    names = (("lng", "lat"), ("lon", "lat"), ("long", "lat"), ("longitude", "latitude"))
    pair = _values(link, *names) or _value(link, "location", "latlng", "coord", "position")
    return None if pair is None else (pair, None)


def _values(link: _Link, *names: tuple[str, str]) -> Pair | None:
    """Return the first pair of values, longitude before latitude, that are numbers."""
    for east, north in names:
        given = link.values.get(east, ""), link.values.get(north, "")
        if all(re.fullmatch(_NUMBER, value.strip()) for value in given):
            return _degrees_of(float(given[0]), float(given[1]))
    return None


def _value(link: _Link, *names: str) -> Pair | None:
    """Return the first value that holds two numbers beside each other."""
    for name in names:
        pair = _two(link.values.get(name, ""))
        if pair is not None:
            return pair
    return None


def _two(text: str) -> Pair | None:
    for first, second in _TWO.findall(text):
        # a house number and a floor are none
        if "." in first or "." in second or len(first) > 5:
            return _degrees_of(float(first), float(second))
    return None


def _degrees_of(first: float, second: float) -> Pair:
    """Return a pair in either order, in degrees or in the metres of Baidu's map."""
    if min(abs(first), abs(second)) > 1000:
        # in China the way east is the longer one
        east, north = max(first, second), min(first, second)
        return checked(*baidu_metres.to_degrees(east, north))
    return in_order(first, second)


def _degrees(text: str) -> Pair | None:
    return read_degrees(text.partition("/")[0]) if text else None


def _after(text: str, mark: str) -> str:
    return text.partition(mark)[2]


@dataclass(frozen=True, slots=True)
class _Service:
    """Whose links these are, how they are read, and what their degrees refer to."""

    name: str
    hosts: tuple[str, ...]
    schemes: tuple[str, ...]
    read: Callable[[_Link], _Found]
    datum: str | None
    likely: str | None = None


_SERVICES = (
    _Service("amap", ("amap.com",), ("amapuri", "androidamap", "iosamap"), _amap, "gcj02"),
    _Service("tencent", ("qq.com",), ("qqmap",), _tencent, "gcj02"),
    _Service("baidu", ("baidu.com",), ("baidumap", "bdapp", "bdmap"), _baidu, "bd09"),
    # moved in China on some devices and not on others
    _Service("apple", ("apple.com",), ("maps",), _apple, None, "gcj02"),
    _Service("osm", ("openstreetmap.org", "osm.org"), (), _osm, "wgs84"),
    _Service("geo", (), ("geo",), _geo, "wgs84"),
)
# outside of China GCJ-02 is WGS-84
_GOOGLE = _Service("google", (), (), _google, "gcj02")
_GOOGLE_HOST = re.compile(r"(^|\.)google\.[a-z.]+$")
_OTHER = _Service("link", (), (), _any, None)


def _is_short(link: _Link) -> bool:
    return link.host in _SHORT or (link.host.startswith("maps.apple") and "/p/" in link.path)


def _nothing(links: list[_Link]) -> InvalidInput:
    if any(map(_is_short, links)):
        return refused(
            "a short link tells its place only on the internet, which is not asked: open it on"
            " your phone and copy the coordinates or the long link",
            "这是短链接,要联网才知道位置,本系统不联网。请在手机上打开它,再复制坐标或完整链接;"
            "也可以用上面的名称搜索。",
        )
    if links:
        return refused(
            "the link holds no coordinates: copy the coordinates, or search for the name",
            "链接里没有坐标。请复制坐标,或者按名称搜索。",
        )
    return refused(
        "no coordinates found; paste “106.577, 29.557” or a link of a map app",
        "没有找到坐标。请粘贴“106.577, 29.557”这样的坐标,或地图应用的分享链接。",
    )
