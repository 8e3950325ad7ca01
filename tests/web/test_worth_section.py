"""What a station is worth, on the page of its record and where its exit is decided."""

from collections.abc import Iterator

import pytest

from app.domain.lifecycle import State
from app.service.plan.question import PlanQuestion
from app.service.plan.worth import worth_of
from app.store.cluster import Cluster
from app.web.factory import create_app
from tests.service import towns
from tests.service.towns import STATIONS
from tests.store.people import settle
from tests.web.desks import Office, open_office


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The town's streets and people, with the city's staff at their desks."""
    with towns.opened(cluster, tmp_path_factory.mktemp("worth")) as town:
        city = settle(town.url)
        town.run("UPDATE user_account SET must_change = false")
        town.run("UPDATE station SET union_id = %s", city.unions["north"])
        app = create_app(town.runtime)
        app.testing = True
        yield Office(city, town.runtime, app)


def station(office: Office, name: str) -> int:
    return int(office.one("SELECT id FROM station WHERE name = %s", name))


def told(office: Office, person: str, id_: int, *, htmx: bool = True) -> str:
    answer = office.desk(person).get(f"/manage/stations/{id_}/worth", htmx=htmx)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_figures_are_those_of_the_workbench(office: Office) -> None:
    id_ = station(office, "解放碑站")
    found = worth_of(office.runtime, None, PlanQuestion(), id_)
    page = told(office, "north_clerk", id_)
    assert f"<b>{found['sole']:,.0f}</b>" in page
    assert "只有它能走到" in page
    for key in ("day", "night"):
        assert f"<dd>{found[key]:,.0f}</dd>" in page
    for heir in found["falls_to"]:
        assert f'href="/manage/stations/{heir["id"]}"' in page
        assert f"{heir['people']:,.0f}" in page
    assert page.count("<rect") == 24
    assert "style=" not in page


def test_a_suspended_station_is_looked_at_as_if_it_were_open(office: Office) -> None:
    id_ = station(office, next(s[0] for s in STATIONS if s[3] is State.SUSPENDED))
    page = told(office, "north_clerk", id_)
    assert "它若开放" in page
    # what the same station is worth once it is open again
    office.rows("UPDATE station SET state = 'active' WHERE id = %s RETURNING id", id_)
    found = worth_of(office.runtime, None, PlanQuestion(), id_)
    office.rows("UPDATE station SET state = 'suspended' WHERE id = %s RETURNING id", id_)
    assert f"<b>{found['sole']:,.0f}</b>" in page


@pytest.mark.parametrize(("name", "says"), [("旧站", "已经离开"), (towns.DRAFT, "还没有地图位置")])
def test_what_serves_nobody_is_said_in_words(office: Office, name: str, says: str) -> None:
    page = told(office, "north_clerk", station(office, name))
    assert says in page
    assert "<svg" not in page


def test_it_is_a_page_of_its_own_without_scripts(office: Office) -> None:
    page = told(office, "north_clerk", station(office, "解放碑站"), htmx=False)
    assert "<html" in page
    assert "What it is worth" in page


def test_a_draft_of_another_union_is_nobody_elses_business(office: Office) -> None:
    id_ = station(office, towns.DRAFT)
    for person, status in (("south_clerk", 404), ("nobody", 403), ("north_clerk", 200)):
        answer = office.desk(person).get(f"/manage/stations/{id_}/worth", htmx=True)
        assert answer.status_code == status, person


@pytest.mark.parametrize("action", ["exit", "suspend", "rectify"])
def test_the_forms_that_end_or_pause_a_station_fetch_what_it_is_worth(
    office: Office, action: str
) -> None:
    id_ = station(office, "解放碑站")
    page = office.desk("chief").get(f"/manage/stations/{id_}/moves/{action}").get_data(as_text=True)
    assert f'hx-get="/manage/stations/{id_}/worth" hx-trigger="load"' in page
    other = office.desk("chief").get(f"/manage/stations/{id_}/edit").get_data(as_text=True)
    assert f"{id_}/worth" not in other


def test_the_record_and_its_section_of_inspections_lead_to_it(office: Office) -> None:
    id_ = station(office, "临江门站")
    record = office.desk("chief").get(f"/manage/stations/{id_}").get_data(as_text=True)
    assert f'id="worth" class="record-section" hx-get="/manage/stations/{id_}/worth"' in record
    section = office.desk("north_inspector").get(f"/manage/stations/{id_}/inspections", htmx=True)
    assert "toggle from:closest details once" in section.get_data(as_text=True)


def test_where_there_is_nothing_to_measure_by_the_page_says_so(
    cluster: Cluster, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with open_office(cluster, tmp_path_factory.mktemp("bare"), "worth_bare") as bare:
        page = told(bare, "chief", bare.station("north", State.ACTIVE))
        assert "还没有步行路网" in page
