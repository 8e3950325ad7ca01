"""Words that city layers use, in Chinese and English, and the usual names of their columns."""

from collections.abc import Mapping

from geo.streets import Access, Kind, Rank

# None is closed to walkers
KIND_WORDS: Mapping[str, Kind | None] = {
    **{kind.name.lower(): kind for kind in Kind},
    "closed": None,
    **dict.fromkeys(("motorway", "expressway", "freeway", "高速", "高速公路", "快速路"), None),
    **dict.fromkeys(("railway", "rail", "铁路", "地铁", "轻轨", "在建", "规划"), None),
    **dict.fromkeys(
        (
            "road", "residential", "primary", "secondary", "tertiary", "service", "trunk",
            "主干路", "主干道", "次干路", "次干道", "支路", "城市道路", "道路", "街道", "公路",
            "国道", "省道", "县道", "乡道", "村道", "车行道", "机动车道", "辅路", "内部道路",
            "小区道路", "匝道",
        ),
        Kind.STREET,
    ),
    **dict.fromkeys(
        (
            "footway", "footpath", "sidewalk", "pavement", "pedestrian", "track", "trail",
            "greenway", "cycleway", "步道", "人行道", "步行道", "人行步道", "步行街", "小路",
            "小道", "小巷", "巷道", "巷", "便道", "绿道", "登山步道", "健身步道", "滨江步道",
            "自行车道", "非机动车道",
        ),
        Kind.PATH,
    ),
    **dict.fromkeys(
        ("stairs", "stair", "stairway", "梯道", "梯坎", "梯步", "台阶", "阶梯", "步梯", "楼梯",
         "石梯", "坡坎"),
        Kind.STEPS,
    ),
    **dict.fromkeys(
        ("overpass", "footbridge", "人行天桥", "天桥", "过街天桥", "桥", "桥梁", "人行桥", "大桥",
         "高架", "连廊"),
        Kind.BRIDGE,
    ),
    **dict.fromkeys(
        ("underpass", "隧道", "地下通道", "人行地道", "地道", "下穿道", "过街地道"),
        Kind.TUNNEL,
    ),
    **dict.fromkeys(("扶梯", "自动扶梯", "电扶梯", "moving stairs"), Kind.ESCALATOR),
    **dict.fromkeys(("elevator", "电梯", "直梯", "垂直电梯", "升降梯", "观光电梯"), Kind.LIFT),
    **dict.fromkeys(("crosswalk", "zebra", "人行横道", "斑马线", "过街横道"), Kind.CROSSING),
    **dict.fromkeys(("轮渡", "渡口", "渡轮"), Kind.FERRY),
}  # fmt: skip
RANK_WORDS: Mapping[str, Rank] = {
    **{rank.name.lower(): rank for rank in Rank},
    **dict.fromkeys(("高速", "高速公路", "freeway"), Rank.MOTORWAY),
    **dict.fromkeys(("快速路", "国道", "expressway"), Rank.TRUNK),
    **dict.fromkeys(("主干路", "主干道", "省道"), Rank.PRIMARY),
    **dict.fromkeys(("次干路", "次干道", "县道"), Rank.SECONDARY),
    **dict.fromkeys(("支路", "乡道", "匝道"), Rank.TERTIARY),
    **dict.fromkeys(("街道", "城市道路", "道路", "road", "street"), Rank.RESIDENTIAL),
    **dict.fromkeys(("内部道路", "小区道路", "辅路", "村道"), Rank.SERVICE),
    **dict.fromkeys(("步行街", "人行道"), Rank.PEDESTRIAN),
    **dict.fromkeys(("梯道", "梯坎", "台阶", "阶梯", "步梯"), Rank.STEPS),
}
DIRECTION_WORDS: Mapping[str, Access] = {
    "both": Access.BOTH,
    "forward": Access.FORWARD,
    "backward": Access.BACKWARD,
    "closed": Access(0),
    **dict.fromkeys(("0", "no", "false", "n", "否", "双向", "双向通行"), Access.BOTH),
    **dict.fromkeys(
        ("1", "yes", "true", "y", "ft", "是", "单向", "正向", "顺向", "顺行"), Access.FORWARD
    ),
    **dict.fromkeys(("-1", "reverse", "tf", "反向", "逆向", "逆行"), Access.BACKWARD),
    **dict.fromkeys(("none", "禁行", "禁止", "禁止通行", "封闭", "不通"), Access(0)),
}
# here "yes" and "no" say whether, not how
RIDE_WORDS: Mapping[str, Access] = {
    "both": Access.RIDE_BOTH,
    "forward": Access.RIDE_FORWARD,
    "backward": Access.RIDE_BACKWARD,
    "closed": Access(0),
    **dict.fromkeys(
        ("1", "yes", "true", "y", "是", "可", "允许", "双向", "双向通行"), Access.RIDE_BOTH
    ),
    **dict.fromkeys(("ft", "单向", "正向", "顺向", "顺行"), Access.RIDE_FORWARD),
    **dict.fromkeys(("-1", "reverse", "tf", "反向", "逆向", "逆行"), Access.RIDE_BACKWARD),
    **dict.fromkeys(
        ("0", "no", "false", "n", "none", "否", "禁行", "禁止", "禁止通行", "不可"), Access(0)
    ),
}
USUAL_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind", "类型", "道路类型", "类别", "road_type", "roadtype", "type", "fclass"),
    "rank": ("rank", "等级", "道路等级", "road_class", "roadclass"),
    "direction": ("foot_direction", "walk_direction", "foot_oneway", "步行方向", "人行方向"),
    "ride": ("ride", "ebike", "骑行", "骑行方向", "非机动车"),
    "name": ("name", "名称", "道路名称", "路名", "road_name", "roadname"),
    "steps": ("steps", "step_count", "台阶数", "梯步数", "级数", "踏步数"),
    "level": ("level", "layer", "层", "层级", "zlevel"),
    "level_start": ("level_start", "start_level", "f_zlev", "起点层级", "起点层"),
    "level_end": ("level_end", "end_level", "t_zlev", "终点层级", "终点层"),
    "height_start": ("height_start", "start_height", "起点高程"),
    "height_end": ("height_end", "end_height", "终点高程"),
    "width": ("width", "宽度", "路宽", "路面宽度"),
}
# widths in metres, each the least of its rank
WIDTH_RANKS: tuple[tuple[float, Rank], ...] = (
    (30.0, Rank.PRIMARY),
    (20.0, Rank.SECONDARY),
    (12.0, Rank.TERTIARY),
    (6.0, Rank.RESIDENTIAL),
    (0.0, Rank.SERVICE),
)
KIND_RANKS: Mapping[Kind, Rank] = {
    Kind.STREET: Rank.RESIDENTIAL,
    Kind.STEPS: Rank.STEPS,
    Kind.ESCALATOR: Rank.STEPS,
}
# nobody rides on these, whatever their rank
NOT_RIDDEN = (Kind.STEPS, Kind.ESCALATOR, Kind.LIFT, Kind.FERRY)
