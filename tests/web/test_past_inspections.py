"""Inspections as of a day: what was found by then and what was to be mended, within one's scope."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.actor import Actor
from app.domain.lifecycle import State
from app.service import rectification
from app.store.cluster import Cluster
from tests.service.inspecting import inspect
from tests.service.town_hall import Hall
from tests.web.desks import Office, open_office

AGO = timedelta(days=30)
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def office(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(cluster, tmp_path_factory.mktemp("past"), "past_inspections") as opened:
        yield opened


def shown(office: Office, person: str, as_of: object) -> str:
    answer = office.desk(person).get(f"/manage/inspections?as_of={as_of}")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_a_past_day_shows_what_was_found_and_to_be_mended_then(office: Office) -> None:
    station = office.station("north", State.ACTIVE, name="当年不合格的站")
    with office.runtime.connection() as connection:
        hall = Hall(office.city, connection)
        inspect(hall, "north_inspector", station, failing={"facilities": "饮水机不出水"})
        deadline = office.one("SELECT deadline FROM rectification WHERE station_id = %s", station)
        later = deadline + timedelta(days=5)
        rectification.extend(
            connection, Actor(office.city.people["chief"]), station, until=later,
            reason="等配件",
        )  # fmt: skip
        inspect(hall, "north_inspector", station, follow_up=True)
        connection.execute("ALTER TABLE inspection DISABLE TRIGGER USER")
        connection.execute(
            "UPDATE inspection SET submitted_at = submitted_at - %s WHERE kind = 'full'", (AGO,)
        )
        connection.execute("ALTER TABLE rectification DISABLE TRIGGER USER")
        connection.execute("UPDATE rectification SET opened_at = opened_at - %s", (AGO,))
    then = shown(office, "north_clerk", TODAY - timedelta(days=10))
    to_mend, inspected = then.split('id="latest"')
    assert "当年不合格的站" in to_mend
    # the day it had before it was put off
    assert str(deadline) in to_mend
    assert str(later) not in to_mend
    assert inspected.count("不合格</span>") == 1
    assert "复查" not in inspected
    now = shown(office, "north_clerk", TODAY)
    assert "那天没有整改中的站点" in now
    assert "复查" in now.split('id="latest"')[1]
    before = shown(office, "north_clerk", TODAY - timedelta(days=60))
    assert "当年不合格的站" not in before
    assert "当年不合格的站" not in shown(office, "south_clerk", TODAY)


def test_a_day_that_is_none_is_said_beside_its_field(office: Office) -> None:
    answer = office.desk("north_clerk").get("/manage/inspections?as_of=soon")
    assert answer.status_code == 422
    assert 'id="as_of-fault"' in answer.get_data(as_text=True)
