"""A large map's names in memory: how many bytes they take, how long a search takes."""

import random
import statistics
import tracemalloc
from collections.abc import Iterator

from app.domain.name_index import Named, NameIndex
from app.domain.search_words import forms, needles, sounds_like
from tests.bench.measure import Row, Target, clock

NAMES, MOST = 100_000, 12
HELD = Target(bound=60, unit="MB")
LONGEST = Target(bound=30, unit="ms")
SIGNS = (
    "解放碑重庆渝中民权大坪石桥铺较场口朝天门临江七星岗两路上清寺菜园坝磁器观音沙南北东西新华"
    "龙凤山水金银花木林泉城江湖海云天和平安福寿康宁建设工农兴隆永长春秋红黄白青"
)
ENDS = ("路", "街", "巷", "支路", "大厦", "酒店", "小区", "公园", "小学", "医院", "超市", "步道")
# what is everywhere, what is rare, what is nowhere
WORDS = (
    "路", "l", "a", "jiefang", "jfb", "解放碑", "解放 酒店", "jie fang lu", "a e i o u", "1",
    "xinhua xiaoxue", "没有这种地方", "zzzz", "鵝嶺", "%", "😀",
)  # fmt: skip


def rows() -> Iterator[Row]:
    """Measure what a rider's search costs on a map of 100,000 names."""
    draw = random.Random(7)
    named = [
        "".join(draw.choices(SIGNS, k=draw.randint(2, 5))) + draw.choice(ENDS) for _ in range(NAMES)
    ]
    read: list[tuple[str, ...]] = []
    reading = clock(lambda: read.extend(map(forms, named)))
    tracemalloc.start()
    index = NameIndex(
        (Named(name, "", 106.5, 29.5), found_by) for name, found_by in zip(named, read, strict=True)
    )
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    yield Row(
        work="names of a map in memory", size=NAMES, seconds=None, target=HELD, value=held / 1e6,
        note=f"{held / 1e6:.1f} MB; read out in pinyin once, in the background: {reading:.0f} s",
        facts={"bytes": held, "reading_seconds": reading},
    )  # fmt: skip
    spent = {words: _seconds(index, words) for words in WORDS}
    slowest = max(spent, key=lambda words: spent[words])
    yield Row(
        work="search of names, the slowest words", size=NAMES,
        seconds=statistics.median(spent.values()), target=LONGEST, value=spent[slowest] * 1e3,
        note=f"median of {len(WORDS)} searches; slowest: {slowest}, {spent[slowest] * 1e3:.1f} ms",
        facts={"slowest_seconds": spent[slowest]},
    )  # fmt: skip


def _seconds(index: NameIndex, words: str) -> float:
    """Return the seconds of a search, the median of some, as the API makes it."""

    def search() -> None:
        written, read = needles(words), sounds_like(words)
        if not index.find(written, most=MOST) and read != written:
            index.find(read, most=MOST)

    return statistics.median(clock(search) for _ in range(9))
