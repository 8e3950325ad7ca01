"""The first standard: the six haves (六有) in one of the two forms seen, with the base kit."""

from datetime import date

from app.domain.standard import MAP_LISTING, Criterion, StandardVersion, StarRule


def _must(code: str, name: str, name_en: str, *, evidence: bool = False) -> Criterion:
    return Criterion(code=code, name=name, name_en=name_en, mandatory=True, evidence=evidence)


def _kit(code: str, name: str, name_en: str, weight: int, *, evidence: bool = False) -> Criterion:
    return Criterion(code=code, name=name, name_en=name_en, weight=weight, evidence=evidence)


SIX_HAVES = StandardVersion(
    standard="six_haves",
    version=1,
    name="六有标准",
    name_en="Six haves",
    valid_from=date(2023, 7, 1),
    source="one of two forms seen in the provinces; weights and stars are assumptions",
    criteria=(
        _must("sign", "有标识", "A sign at the door", evidence=True),
        _must("layout", "有布局", "A room or corner of its own", evidence=True),
        _must("facilities", "有设施", "Seats, water and power that work", evidence=True),
        _must("services", "有服务", "The services that are posted are there"),
        _must("rules", "有制度", "Rules, hours and a keeper's name on the wall", evidence=True),
        Criterion(
            code="map", name="有地图", name_en="Found on the public maps", mandatory=True,
            evidence=True, record=MAP_LISTING, days=30,
        ),
        _kit("warmth", "冷可取暖", "Warmth", 10),
        _kit("cooling", "热可纳凉", "Cooling", 10),
        _kit("water", "渴可喝水", "Drinking water", 10),
        Criterion(
            code="toilet", name="急可如厕", name_en="A toilet, here or the nearest named",
            weight=10, may_not_apply=True,
        ),
        _kit("seat", "累可歇脚", "Seats", 10),
        _kit("first_aid", "伤可用药", "First aid, in date", 10),
        _kit("microwave", "微波炉", "A microwave", 8),
        _kit("charging", "手机充电", "Phone charging", 8),
        _kit("wifi", "无线网络", "Wi-Fi", 4),
        _kit("area_30", "面积不少于30平方米", "At least 30 m²", 8),
        _kit("seats_20", "可容纳20人", "Room for 20 people", 6),
        _kit("aed", "自动体外除颤器", "A defibrillator", 6, evidence=True),
    ),
    stars=(
        StarRule(stars=1, least_score=50),
        StarRule(stars=2, least_score=60),
        StarRule(stars=3, least_score=70),
        StarRule(stars=4, least_score=85),
        # at least 30 m², 20 people and a defibrillator: the rule of Fuzhou
        StarRule(stars=5, least_score=90, requires=("area_30", "seats_20", "aed")),
    ),
)  # fmt: skip
# what every register begins with
SHIPPED: tuple[StandardVersion, ...] = (SIX_HAVES,)
