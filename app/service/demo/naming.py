"""Made-up Chinese names with their spelling in Latin letters."""

from dataclasses import dataclass

import numpy as np

from app.service.demo.frame import Ints
from geo.streets import Kind, Rank

FIRST = (
    "江:Jiang 石:Shi 渡:Du 竹:Zhu 云:Yun 雾:Wu 松:Song 柏:Bai 枫:Feng 桂:Gui 兰:Lan 梅:Mei "
    "青:Qing 翠:Cui 碧:Bi 白:Bai 黄:Huang 红:Hong 金:Jin 银:Yin 玉:Yu 铜:Tong 龙:Long 凤:Feng "
    "鹿:Lu 鹤:He 鹭:Lu 燕:Yan 马:Ma 牛:Niu 东:Dong 西:Xi 南:Nan 北:Bei 上:Shang 下:Xia "
    "大:Da 小:Xiao 长:Chang 新:Xin 双:Shuang 三:San 七:Qi 九:Jiu 花:Hua 桃:Tao 李:Li 杏:Xing "
    "荷:He 柳:Liu 桐:Tong 橙:Cheng 茶:Cha 米:Mi 盐:Yan 纸:Zhi 磨:Mo 望:Wang 听:Ting 临:Lin "
    "朝:Chao 明:Ming 清:Qing 静:Jing 安:An 和:He 永:Yong 福:Fu 瑞:Rui 春:Chun 秋:Qiu 晚:Wan"
)
SECOND = (
    "岭:ling 溪:xi 坪:ping 坝:ba 湾:wan 滩:tan 沱:tuo 嘴:zui 梁:liang 垭:ya 坡:po 坎:kan "
    "岩:yan 洞:dong 泉:quan 井:jing 桥:qiao 渡:du 浦:pu 洲:zhou 林:lin 园:yuan 台:tai 亭:ting "
    "门:men 塘:tang 沟:gou 峰:feng 峡:xia 屏:ping 冲:chong 院:yuan 堡:bao 寨:zhai 祠:ci "
    "场:chang 坊:fang 阳:yang 阴:yin 江:jiang 源:yuan 泽:ze 川:chuan 田:tian 口:kou 岗:gang "
    "原:yuan 丘:qiu 崖:ya 渠:qu 湖:hu 营:ying 关:guan 楼:lou 阁:ge 山:shan 水:shui 村:cun"
)
ORDINALS = ("", "一", "二", "三", "四", "五", "六")
ORDINALS_EN = ("", "1st ", "2nd ", "3rd ", "4th ", "5th ", "6th ")
SUFFIXES: dict[int, tuple[tuple[str, str], ...]] = {
    Rank.PRIMARY: (("大道", "Avenue"), ("大道", "Avenue"), ("干道", "Trunk Road")),
    Rank.SECONDARY: (("路", "Road"), ("路", "Road"), ("大街", "Main Street")),
    Rank.TERTIARY: (("路", "Road"), ("街", "Street"), ("正街", "High Street")),
    Rank.RESIDENTIAL: (("街", "Street"), ("支路", "Branch Road"), ("巷", "Lane"), ("路", "Road")),
    Rank.STEPS: (("石梯", "Steps"), ("梯坎", "Stairs"), ("梯道", "Stairway"), ("坡", "Slope")),
}
RIVERSIDE_SUFFIX = ("滨江路", "Riverside Road")


@dataclass(frozen=True, slots=True)
class StreetName:
    """A street's name, its English form, and the stem other names are made from."""

    name: str
    name_en: str
    stem: str
    stem_en: str


def stems(rng: np.random.Generator) -> list[tuple[str, str]]:
    """Return every stem, shuffled: two characters and their spelling."""
    first = [pair.split(":") for pair in FIRST.split()]
    second = [pair.split(":") for pair in SECOND.split()]
    made = [(a[0] + b[0], a[1] + b[1]) for a in first for b in second if a[0] != b[0]]
    return [made[index] for index in rng.permutation(len(made))]


def name_streets(
    line: Ints, kind: Ints, rank: Ints, *, riverside_below: int, rng: np.random.Generator
) -> tuple[Ints, tuple[StreetName, ...]]:
    """Name every line of street.

    Args:
        line: number of the line of each segment, -1 for nameless ones; lines of
            riverside roads are numbered from 2**40 up to ``riverside_below``.

    Returns:
        Index into the names for each segment, -1 for none; the names, each once.
    """
    named = line >= 0
    lines, inverse = np.unique(line[named], return_inverse=True)
    ranks = np.full(len(lines), int(Rank.STEPS), dtype=np.int64)
    np.minimum.at(ranks, inverse, rank[named])
    stairs = np.bincount(inverse, kind[named] == Kind.STEPS, minlength=len(lines))
    local = ranks > Rank.TERTIARY
    ranks[local & (2 * stairs > np.bincount(inverse, minlength=len(lines)))] = Rank.STEPS
    pool = stems(rng)
    order = np.lexsort((rng.random(len(lines)), ranks))
    names: list[StreetName] = []
    known: dict[str, int] = {}
    index = np.zeros(len(lines), dtype=np.int64)
    pick = rng.random(len(lines))
    for place, row in enumerate(order):
        riverside = (1 << 40) <= lines[row] < riverside_below
        made = _make(pool, place, int(ranks[row]), float(pick[row]), riverside=riverside)
        index[row] = known.setdefault(made.name, len(names))
        if index[row] == len(names):
            names.append(made)
    out = np.full(len(line), -1, dtype=np.int64)
    out[named] = index[inverse]
    return out, tuple(names)


def _make(
    pool: list[tuple[str, str]], place: int, rank: int, pick: float, *, riverside: bool
) -> StreetName:
    stem, stem_en = pool[place % len(pool)]
    turn = min(place // len(pool), len(ORDINALS) - 1)
    choice = SUFFIXES.get(rank, SUFFIXES[Rank.RESIDENTIAL])
    suffix, suffix_en = RIVERSIDE_SUFFIX if riverside else choice[int(pick * len(choice))]
    name = f"{stem}{ORDINALS[turn]}{suffix}"
    return StreetName(name, f"{stem_en} {ORDINALS_EN[turn]}{suffix_en}", stem, stem_en)
