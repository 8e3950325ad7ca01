"""People and their roles: kept by admins within their scope, passwords shown once."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs
from werkzeug.test import TestResponse

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere, HarborError, NotFound
from app.domain.roles import Role
from app.service import _passwords, accounts, receipts, staffing
from app.store.cluster import Cluster
from tests.store.people import PEOPLE, above
from tests.web.desks import Office, open_office

USERS = "/manage/users"
ACTIONS = ("grant", "revoke", "disable", "enable", "password", "sessions", "factor")
# whom the admin of the north keeps by the tables of people: all grants lie there
NORTH = {
    person for person, grants in PEOPLE.items() if grants and {s for _, s in grants} == {"north"}
}
CITY = {
    person for person, grants in PEOPLE.items()
    if grants and all(s is not None and "city" in above(s) for _, s in grants)
}  # fmt: skip
ADMINS = {"chief": set(PEOPLE), "deputy": CITY, "north_alone": NORTH}


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("users"), "users") as opened:
        yield opened


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_passwords, "_hasher", PasswordHasher(1, 8, 1))


def send(office: Office, admin: str, path: str, **data: Any) -> TestResponse:
    return office.desk(admin).post(f"{USERS}{path}", {"once": receipts.token(), **data})


def person(office: Office, name: str, role: Role = Role.UNION_STAFF, union: str = "north") -> int:
    """An account of this test's own."""
    code = office.one("SELECT code FROM union_body WHERE id = %s", office.city.unions[union])
    with office.runtime.connection() as connection:
        accounts.add(connection, name, role, union_code=code, full_name=f"某{name}")
    return int(office.one("SELECT id FROM user_account WHERE name = %s", name))


def forget(office: Office, *ids: int) -> None:
    """Take accounts of a test away again, so that lists stay as the tables have them."""
    for table, column in (("user_session", "user_id"), ("form_receipt", "user_id"),
                          ("user_grant", "user_id"), ("user_account", "id")):  # fmt: skip
        office.rows(f"DELETE FROM {table} WHERE {column} = ANY(%s) RETURNING 1", list(ids))


# Whom an admin keeps ----------------------------------------------------------------------------


@pytest.mark.parametrize("admin", ADMINS)
def test_an_admin_sees_those_all_of_whose_roles_lie_in_his_scope(
    office: Office, admin: str
) -> None:
    text = office.desk(admin).get(USERS).get_data(as_text=True)
    assert set(re.findall(r'class="mono">([a-z_]+)</td>', text)) == ADMINS[admin]


@pytest.mark.parametrize("name", sorted(set(PEOPLE) - set(ADMINS)))
def test_without_the_role_nobody_sees_people(office: Office, name: str) -> None:
    desk = office.desk(name)
    for path in (USERS, f"{USERS}/new", f"{USERS}/{office.city.people['north_clerk']}"):
        assert desk.get(path).status_code == 403
    assert send(office, name, "/new", name="x.y", full_name="x", role="auditor",
                union="all").status_code == 403  # fmt: skip
    with office.runtime.connection() as connection, pytest.raises(ForbiddenHere):
        staffing.listed(connection, desk.actor)


@pytest.mark.parametrize("admin", sorted(ADMINS))
def test_the_page_of_a_person_is_there_for_who_keeps_them(office: Office, admin: str) -> None:
    desk = office.desk(admin)
    for name, id_ in office.city.people.items():
        expected = 200 if name in ADMINS[admin] or name == admin else 404
        assert desk.get(f"{USERS}/{id_}").status_code == expected, name


@pytest.mark.parametrize("what", ACTIONS)
@pytest.mark.parametrize("name", ["chief", "deputy", "city_judge", "south_judge", "rail_clerk",
                                  "auditor", "nobody"])  # fmt: skip
def test_nobody_beyond_the_scope_is_changed(office: Office, name: str, what: str) -> None:
    id_ = office.city.people[name]
    before = office.rows("SELECT * FROM user_account JOIN user_grant g ON user_id = user_account.id"
                         " WHERE user_account.id = %s ORDER BY g.id", id_)  # fmt: skip
    grants = office.rows("SELECT id FROM user_grant WHERE user_id = %s", id_)
    data = {"grant": str(grants[0][0]) if grants else "1", "role": "union_staff",
            "union": str(office.city.unions["north"])}  # fmt: skip
    assert send(office, "north_alone", f"/{id_}/{what}", **data).status_code == 404
    after = office.rows("SELECT * FROM user_account JOIN user_grant g ON user_id = user_account.id"
                        " WHERE user_account.id = %s ORDER BY g.id", id_)  # fmt: skip
    assert after == before


@pytest.mark.parametrize("what", ACTIONS)
def test_nobody_changes_rights_of_his_own(office: Office, what: str) -> None:
    id_ = office.city.people["chief"]
    grant = office.one("SELECT id FROM user_grant WHERE user_id = %s", id_)
    answer = send(office, "chief", f"/{id_}/{what}", grant=str(grant), role="auditor", union="all")
    assert answer.status_code == 403
    assert "要由另一位管理员办理" in answer.get_data(as_text=True)
    assert office.one("SELECT count(*) FROM user_grant WHERE user_id = %s AND valid_to IS NULL",
                      id_) == 1  # fmt: skip


@pytest.mark.parametrize("union", ["all", "south", "city", "rail"])
@pytest.mark.parametrize("door", ["grant", "add"])
def test_an_admin_of_one_union_grants_nothing_beyond(office: Office, union: str, door: str) -> None:
    scope = union if union == "all" else str(office.city.unions[union])
    data = {"role": "city_admin", "union": scope}
    if door == "grant":
        path = f"/{office.city.people['north_clerk']}/grant"
    else:
        path, data = "/new", {**data, "name": f"beyond.{union}", "full_name": "某"}
    answer = send(office, "north_alone", path, **data)
    assert answer.status_code == 422
    assert "请选择您管理范围内的工会" in answer.get_data(as_text=True)
    assert office.one("SELECT count(*) FROM user_account WHERE name LIKE 'beyond%%'") == 0


def test_two_admins_who_shut_each_other_out_leave_one(office: Office) -> None:
    one, other = (person(office, f"admin.{i}", Role.CITY_ADMIN, "city") for i in ("one", "other"))
    errors: list[HarborError] = []
    start = threading.Barrier(2)

    def shut_out(actor: int, target: int) -> None:
        with office.runtime.connection() as connection:
            start.wait()
            try:
                staffing.disable(connection, Actor(actor), target)
            except HarborError as error:
                errors.append(error)

    threads = [
        threading.Thread(target=shut_out, args=pair) for pair in ((one, other), (other, one))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    left = office.one(
        "SELECT count(*) FROM user_account WHERE id = ANY(%s) AND disabled_at IS NULL",
        [one, other],
    )
    assert left == 1
    assert [type(error) for error in errors] == [ForbiddenHere]
    forget(office, one, other)


def test_whose_roles_all_ended_stays_with_who_kept_them(office: Office) -> None:
    id_ = person(office, "former")
    grant = office.one("SELECT id FROM user_grant WHERE user_id = %s", id_)
    assert send(office, "north_alone", f"/{id_}/revoke", grant=str(grant)).status_code == 303
    page = office.desk("north_alone").get(f"{USERS}/{id_}")
    assert page.status_code == 200
    assert "没有角色" in page.get_data(as_text=True)
    north = str(office.city.unions["north"])
    back = send(office, "north_alone", f"/{id_}/grant", role="inspector", union=north)
    assert back.location == f"{USERS}/{id_}?done=granted"
    south = office.city.unions["south"]
    office.rows("INSERT INTO user_grant (user_id, role, union_id) VALUES (%s, 'inspector', %s)"
                " RETURNING 1", id_, south)  # fmt: skip
    assert office.desk("north_alone").get(f"{USERS}/{id_}").status_code == 404
    forget(office, id_)


# What an admin does -----------------------------------------------------------------------------


def test_a_new_account_shows_its_password_once_and_keeps_it_nowhere(office: Office) -> None:
    north = str(office.city.unions["north"])
    form = {"name": " Li.Ming ", "full_name": "李 明", "role": "union_staff", "union": north,
            "once": receipts.token()}  # fmt: skip
    with capture_logs() as logs:
        made = office.desk("north_alone").post(f"{USERS}/new", form)
    text = made.get_data(as_text=True)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    found = re.search(r'class="one-time"><code>([^<]+)</code>', text)
    assert found
    password = found[1]
    assert password not in str(logs)
    id_, hash_, must_change = office.rows(
        "SELECT id, password_hash, must_change FROM user_account WHERE name = 'li.ming'"
    )[0]
    assert _passwords.fits(hash_, password)
    assert must_change
    told = office.rows("SELECT action, details::text, user_id FROM audit_event"
                       " WHERE subject = 'user li.ming' ORDER BY id")  # fmt: skip
    assert [action for action, _, _ in told] == ["account.add", "account.grant"]
    assert {user for _, _, user in told} == {office.city.people["north_alone"]}
    assert password not in str(told)
    assert password not in str(office.rows("SELECT location FROM form_receipt"))
    again = office.desk("north_alone").post(f"{USERS}/new", form)
    assert (again.status_code, again.location) == (303, f"{USERS}/{id_}?done=added")
    assert "密码只显示一次" in office.desk("north_alone").get(again.location).get_data(as_text=True)
    forget(office, id_)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("name", "李明", "小写字母"), ("name", "", "小写字母"), ("full_name", " ", "请填写姓名"),
     ("full_name", "长" * 101, "最多 100"), ("role", "", "请选择角色"),
     ("role", "keeper", "请选择角色"), ("union", "", "请选择范围"), ("union", "x", "请选择范围"),
     ("union", "99999999", "请选择您管理"), ("name", "north_clerk", "已存在")],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(
    office: Office, field: str, value: str, said: str
) -> None:
    good = {"name": "wang.wu", "full_name": "王 五", "role": "reviewer",
            "union": str(office.city.unions["north"])}  # fmt: skip
    answer = send(office, "chief", "/new", **{**good, field: value})
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in text
    for name in {"name", "full_name"} - {field}:
        assert f'value="{good[name]}"' in text
    assert office.one("SELECT count(*) FROM user_account WHERE name = 'wang.wu'") == 0


def test_roles_are_granted_and_taken_away(office: Office) -> None:
    id_ = person(office, "roles")
    north = str(office.city.unions["north"])
    done = send(office, "chief", f"/{id_}/grant", role="reviewer", union=north)
    assert done.location == f"{USERS}/{id_}?done=granted"
    held = send(office, "chief", f"/{id_}/grant", role="reviewer", union=north)
    assert held.location == f"{USERS}/{id_}?done=held"
    grant, by = office.rows(
        "SELECT id, granted_by FROM user_grant WHERE user_id = %s AND role = 'reviewer'", id_
    )[0]
    assert by == office.city.people["chief"]
    foreign = office.one("SELECT id FROM user_grant WHERE user_id = %s",
                         office.city.people["north_clerk"])  # fmt: skip
    assert send(office, "chief", f"/{id_}/revoke", grant=str(foreign)).status_code == 404
    assert send(office, "chief", f"/{id_}/revoke", grant=str(grant)).status_code == 303
    assert office.one("SELECT valid_to IS NOT NULL FROM user_grant WHERE id = %s", grant)
    assert office.one("SELECT valid_to IS NULL FROM user_grant WHERE id = %s", foreign)
    forget(office, id_)


def test_who_is_shut_out_is_out_at_once_and_let_in_again(office: Office) -> None:
    id_ = person(office, "outsider")
    office.rows("UPDATE user_account SET must_change = false WHERE id = %s RETURNING 1", id_)
    office.city.people["outsider"] = id_
    try:
        desk = office.desk("outsider")
        assert desk.get("/manage/rights").status_code == 200
        assert send(office, "chief", f"/{id_}/disable").status_code == 303
        assert desk.get("/manage/rights").status_code == 303
        assert "已停用" in office.desk("chief").get(f"{USERS}/{id_}").get_data(as_text=True)
        assert send(office, "chief", f"/{id_}/enable").status_code == 303
        again = office.desk("outsider")
        assert again.get("/manage/rights").status_code == 200
        assert send(office, "chief", f"/{id_}/sessions").status_code == 303
        assert again.get("/manage/rights").status_code == 303
    finally:
        del office.city.people["outsider"]
        forget(office, id_)


def test_a_password_is_reset_and_shown_once(office: Office) -> None:
    id_ = person(office, "forgetful")
    before = office.one("SELECT password_hash FROM user_account WHERE id = %s", id_)
    once = receipts.token()
    made = send(office, "chief", f"/{id_}/password", once=once)
    assert 'class="one-time"' in made.get_data(as_text=True)
    after = office.one("SELECT password_hash FROM user_account WHERE id = %s", id_)
    assert after != before
    again = send(office, "chief", f"/{id_}/password", once=once)
    assert again.location == f"{USERS}/{id_}?done=password"
    assert office.one("SELECT password_hash FROM user_account WHERE id = %s", id_) == after
    forget(office, id_)


def test_a_lost_second_factor_is_taken_away(office: Office) -> None:
    id_ = person(office, "phoneless")
    office.rows("UPDATE user_account SET second_factor = 'x' WHERE id = %s RETURNING 1", id_)
    assert "取消两步验证" in office.desk("chief").get(f"{USERS}/{id_}").get_data(as_text=True)
    assert send(office, "chief", f"/{id_}/factor").status_code == 303
    assert office.one("SELECT second_factor FROM user_account WHERE id = %s", id_) is None
    forget(office, id_)


# Finding people ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "expected"),
    [("q=CLERK", {"north_clerk", "south_clerk", "rail_clerk"}),
     ("q=person+deputy", {"deputy"}), ("q=%25", set()), ("q=nobody+here", set()),
     ("role=auditor", {"auditor", "north_auditor"}),
     ("role=reviewer&q=rail", {"rail_clerk"}), ("role=nonsense&q=deputy", {"deputy"})],
)  # fmt: skip
def test_people_are_found_by_name_and_role(office: Office, query: str, expected: set[str]) -> None:
    for htmx in (False, True):
        text = office.desk("chief").get(f"{USERS}?{query}", htmx=htmx).get_data(as_text=True)
        assert set(re.findall(r'class="mono">([a-z_]+)</td>', text)) == expected
        assert ("<html" in text) != htmx
    if not expected:
        assert "没有找到" in text


def test_people_are_found_by_union_and_listed_page_by_page(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    rail = office.city.unions["rail"]
    text = office.desk("chief").get(f"{USERS}?union={rail}").get_data(as_text=True)
    assert re.findall(r'class="mono">([a-z_]+)</td>', text) == ["rail_clerk"]
    monkeypatch.setattr(staffing, "A_PAGE", 4)
    seen: list[str] = []
    path: str | None = USERS
    while path:
        text = office.desk("chief").get(path).get_data(as_text=True)
        seen += re.findall(r'class="mono">([a-z_]+)</td>', text)
        more = re.search(r'href="(/manage/users\?[^"]*after=[^"]+)"', text)
        path = more[1].replace("&amp;", "&") if more else None
    assert seen == sorted(PEOPLE)


def test_an_account_that_is_none_is_not_found(office: Office) -> None:
    for id_ in ("0", "99999999", "9" * 25):
        assert office.desk("chief").get(f"{USERS}/{id_}").status_code == 404
        assert send(office, "chief", f"/{id_}/disable").status_code == 404
    with office.runtime.connection() as connection, pytest.raises(NotFound):
        staffing.member(connection, office.desk("deputy").actor, office.city.people["rail_clerk"])
