"""A made-up register of many stations with years of history, filled in a throw-away database.

Rows are written in bulk by SQL with the guards off: they are of the kind that the guards
would have let through, and half a million moves one by one would take an hour.
"""

from dataclasses import dataclass

import psycopg

from app.store import search

STATIONS = 50_000
YEARS = 10
# entered, submitted, reviewed, approved, and a change or two a year
VERSIONS = 12
DISTRICT_UNIONS = 41
INDUSTRIAL_UNIONS = 8
# of a hundred records so many are no station yet, or no more
SHARES = (
    ("active", 86), ("suspended", 2), ("rectifying", 2), ("exited", 4), ("merged", 1),
    ("draft", 2), ("submitted", 1), ("returned", 1), ("reviewed", 1),
)  # fmt: skip
APPROVED = ("active", "suspended", "rectifying", "exited", "merged")
WEST, SOUTH, EAST, NORTH = 105.9, 29.2, 107.3, 30.1

_PLACE_WORDS = (
    "解放碑 朝天门 较场口 临江门 七星岗 两路口 菜园坝 上清寺 大坪 石油路 化龙桥 观音桥 红旗河沟"
    " 五里店 鱼嘴 冉家坝 大竹林 礼嘴 悦来 水土 石桥铺 沙坪坝 磁器口 双碑 井口 西永 杨家坪 石坪桥"
    " 谢家湾 华岩 南坪 弹子石 四公里 茶园 李家沱 鱼洞 花溪 北碚 歇马 蔡家 两江 龙兴 长寿湖 涪陵北"
    " 白涛 万州 高笋塘 双河口 黔江 合川 钓鱼城 永川 兴龙湖 南川 綦江 大足 璧山 铜梁 潼南 荣昌 开州"
    " 梁平 武隆 城口 丰都 垫江 忠县 云阳 奉节"
)
_SITE_WORDS = "新村 大道 正街 广场 公园 车站 码头 市场 路口 花园 桥头 学府 港城 老街 园区 商圈"
_HOSTS = (
    ("渝都银行", "bank"), ("邮政支局", "post_office"), ("加油站", "fuel"),
    ("社区中心", "community"), ("党群中心", "party_centre"), ("康民药房", "pharmacy"),
    ("图书分馆", "library"), ("工会之家", "union"), ("公厕", "toilet"), ("物业", "other"),
)  # fmt: skip
_GUARDED = (
    "station", "station_version", "station_alias", "change_request", "inspection", "rectification",
)  # fmt: skip
_ROLES = ("union_staff", "reviewer", "inspector")


@dataclass(frozen=True, slots=True)
class Desks:
    """Ids of people who stand for a kind of desk.

    Attributes:
        chief: a city admin who sees everything.
        clerk, judge, inspector: union staff, reviewer and inspector of the first district union.
        union_id: that union.
    """

    chief: int
    clerk: int
    judge: int
    inspector: int
    union_id: int


def fill(url: str, *, stations: int = STATIONS) -> Desks:
    """Fill an empty, migrated database; return who may look at it."""
    with psycopg.connect(url, autocommit=True) as connection:
        desks = _people(connection)
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET client_min_messages = warning")
        for table in _GUARDED:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        _stations(connection, stations)
        _history(connection)
        _inspections(connection)
        for table in _GUARDED:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        connection.execute("SELECT write_search(id) FROM station")
        search.read_names(connection)
        connection.execute("UPDATE register SET kind = 'real'")
        connection.execute("VACUUM ANALYZE")
    return desks


def _people(connection: "psycopg.Connection[tuple[object, ...]]") -> Desks:
    connection.execute(
        "INSERT INTO union_body (code, name, kind, valid_from)"
        " VALUES ('500100', '市总工会', 'city', '2010-01-01')"
    )
    connection.execute(
        "INSERT INTO union_body (code, name, kind, parent_id, valid_from)"
        " SELECT (500100 + n)::text, '第' || n || '区总工会', 'district',"
        " (SELECT id FROM union_body WHERE kind = 'city'), '2010-01-01'"
        " FROM generate_series(1, %s) n",
        (DISTRICT_UNIONS,),
    )
    connection.execute(
        "INSERT INTO union_body (code, name, kind, valid_from)"
        " SELECT (500190 + n)::text, '第' || n || '产业工会', 'industrial', '2010-01-01'"
        " FROM generate_series(1, %s) n",
        (INDUSTRIAL_UNIONS,),
    )
    connection.execute(
        "INSERT INTO user_account (name, full_name, must_change)"
        " SELECT r || '.' || code, r || ' of ' || code, false"
        " FROM union_body, unnest(%s::text[]) r",
        (list(_ROLES),),
    )
    connection.execute(
        "INSERT INTO user_grant (user_id, role, union_id) SELECT p.id, r, u.id"
        " FROM union_body u, unnest(%s::text[]) r, user_account p"
        " WHERE p.name = r || '.' || u.code",
        (list(_ROLES),),
    )
    chief = _one(
        connection,
        "INSERT INTO user_account (name, full_name, must_change)"
        " VALUES ('chief', 'Chief', false) RETURNING id",
    )
    connection.execute("INSERT INTO user_grant (user_id, role) VALUES (%s, 'city_admin')", (chief,))
    clerk, judge, inspector = (
        _one(connection, f"SELECT id FROM user_account WHERE name = '{role}.500101'")
        for role in _ROLES
    )
    union = _one(connection, "SELECT id FROM union_body WHERE code = '500101'")
    return Desks(chief, clerk, judge, inspector, union)


def _stations(connection: "psycopg.Connection[tuple[object, ...]]", count: int) -> None:
    """Write the records as they are today, spread over unions, names, places and states."""
    states = [state for state, share in SHARES for _ in range(share)]
    connection.execute("SELECT setseed(0.42)")
    places, sites = _PLACE_WORDS.split(), _SITE_WORDS.split()
    connection.execute(
        "INSERT INTO station (state, verified, name, name_en, place, address, area_name, services,"
        " hours, hours_text, door, host_name, host_kind, union_id, revision, created_at,"
        " changed_at, state_since, last_proved, submitted_by, reviewed_by, code)"
        " SELECT state, state = ANY(%(approved)s) AND random() < 0.8,"
        "  place || site || host || n %% 90 || '号站', 'Station ' || n,"
        "  CASE WHEN state = 'draft' AND random() < 0.5 THEN NULL ELSE ST_SetSRID(ST_MakePoint("
        "   %(west)s + random() * (%(east)s - %(west)s),"
        "   %(south)s + random() * (%(north)s - %(south)s)), 4326) END,"
        "  place || site || (n * 7) %% 400 + 1 || '号', '',"
        "  CASE n %% 4 WHEN 0 THEN '{toilet,water,seat}' WHEN 1 THEN '{water,seat,charging}'"
        "   WHEN 2 THEN '{toilet,water,seat,hot_meal,cooling}' ELSE '{seat,water}' END::text[],"
        "  'Mo-Su 08:00-20:00', '每天 8:00-20:00', 'open', place || host, kind, union_id,"
        "  %(versions)s, now() - random() * %(span)s::interval,"
        "  now() - random() * interval '400 days', now() - random() * interval '400 days',"
        "  now() - random() * interval '300 days',"
        "  CASE WHEN state <> 'draft' THEN (SELECT g.user_id FROM user_grant g"
        "   WHERE g.union_id = drawn.union_id AND g.role = 'union_staff') END,"
        "  CASE WHEN state NOT IN ('draft', 'submitted', 'returned') THEN (SELECT g.user_id"
        "   FROM user_grant g WHERE g.union_id = drawn.union_id AND g.role = 'reviewer') END,"
        "  CASE WHEN state = ANY(%(approved)s) THEN body || number_check_digit(body) END"
        " FROM (SELECT n, (%(states)s::text[])[1 + floor(random() * 100)::int] AS state,"
        "   (%(places)s::text[])[1 + floor(random() * %(many_places)s)::int] AS place,"
        "   (%(sites)s::text[])[1 + floor(random() * %(many_sites)s)::int] AS site,"
        "   (%(hosts)s::text[])[1 + n %% 10] AS host, (%(kinds)s::text[])[1 + n %% 10] AS kind,"
        "   u.id AS union_id, u.code || lpad((n / 49 + 1)::text, 5, '0') AS body"
        "  FROM generate_series(0, %(count)s - 1) n JOIN (SELECT id, code, row_number()"
        "   OVER (ORDER BY id) - 1 AS place_in_row FROM union_body WHERE kind <> 'city') u"
        "   ON u.place_in_row = n %% 49) AS drawn",
        {
            "approved": list(APPROVED), "west": WEST, "south": SOUTH, "east": EAST,
            "north": NORTH, "versions": VERSIONS, "span": f"{YEARS} years", "states": states,
            "places": places, "many_places": len(places), "sites": sites,
            "many_sites": len(sites), "hosts": [name for name, _ in _HOSTS],
            "kinds": [kind for _, kind in _HOSTS], "count": count,
        },
    )  # fmt: skip
    connection.execute(
        "INSERT INTO station_alias (station_id, kind, value)"
        " SELECT id, 'number', 'OLD-' || id FROM station WHERE id % 5 = 0"
    )
    connection.execute(
        "INSERT INTO number_counter SELECT code, %s FROM union_body", (count // 49 + 1,)
    )


def _history(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Write what led there: versions and audit events, the steps of a life and edits since."""
    steps = ["draft", "submitted", "reviewed", "active"]
    connection.execute(
        "INSERT INTO station_version (station_id, version, valid_from, valid_to, state, verified,"
        " place, union_id, facts, actor_id, revision)"
        " SELECT s.id, v, s.created_at + (v - 1) * (now() - s.created_at) / %(versions)s,"
        "  CASE WHEN v < %(versions)s THEN s.created_at"
        "   + v * (now() - s.created_at) / %(versions)s END,"
        "  CASE WHEN v = %(versions)s THEN s.state WHEN s.state = ANY(%(approved)s)"
        "   THEN (%(steps)s::text[])[least(v, 4)] ELSE (%(steps)s::text[])[1 + v %% 2] END,"
        "  s.verified, s.place, s.union_id,"
        "  station_facts(s) || jsonb_build_object('hours_text', '第 ' || v || ' 次登记'),"
        "  s.submitted_by, v"
        " FROM station s, generate_series(1, %(versions)s) v",
        {"versions": VERSIONS, "approved": list(APPROVED), "steps": steps},
    )
    connection.execute(
        "INSERT INTO audit_event (at, action, subject, details, user_id, request_id)"
        " SELECT valid_from, 'station.' || CASE version WHEN 1 THEN 'enter' WHEN 2 THEN 'submit'"
        "  WHEN 3 THEN 'review' WHEN 4 THEN 'approve' ELSE 'edit' END, 'station ' || station_id,"
        "  jsonb_build_object('revision', revision, 'state', state), actor_id,"
        "  md5(station_id || '.' || version)"
        " FROM station_version ORDER BY valid_from"
    )
    connection.execute(
        "INSERT INTO change_request (station_id, revision, changes, reason, requested_by)"
        " SELECT id, revision, '{\"hours_text\": \"改\"}', '现场核对', submitted_by"
        " FROM station WHERE state = 'active' AND id % 40 = 0"
    )


def _inspections(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Write the last inspection of every open station, and what is left to mend."""
    connection.execute(
        "INSERT INTO inspection (station_id, version_id, inspector_id, inspected_on, state,"
        " submitted_at, passed, score, stars, failed, to_mend)"
        " SELECT s.id, (SELECT min(id) FROM standard_version), g.user_id,"
        "  current_date - (s.id % 365)::int, 'submitted', now() - s.id % 365 * interval '1 day',"
        "  s.state <> 'rectifying', 60 + s.id % 40, 1 + s.id % 5, '{}', '{}'"
        " FROM station s JOIN user_grant g ON g.union_id = s.union_id AND g.role = 'inspector'"
        " WHERE s.state IN ('active', 'suspended', 'rectifying')"
    )
    connection.execute(
        "INSERT INTO station_standing (station_id, inspection_id, inspected_on, passed, score,"
        " stars, due_on) SELECT station_id, id, inspected_on, passed, score, stars,"
        " inspected_on + 365 FROM inspection"
    )
    connection.execute(
        "INSERT INTO rectification (station_id, inspection_id, reason, deadline)"
        " SELECT s.id, i.id, '药箱过期', current_date + (s.id % 30)::int - 15"
        " FROM station s JOIN inspection i ON i.station_id = s.id WHERE s.state = 'rectifying'"
    )


def _one(connection: "psycopg.Connection[tuple[object, ...]]", statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return 0 if row is None else int(str(row[0]))
