"""Who is told of a change request: its reviewers when it is asked, who asked when it is decided."""

from app.domain.roles import Role
from app.service import notices
from app.store import changes
from app.store.changes import ChangeRequest
from app.store.database import Connection

_OUTCOMES: dict[str, tuple[str, str]] = {
    "accepted": ("已采纳", "accepted"),
    "refused": ("未被采纳", "refused"),
    "lapsed": ("已失效", "closed"),
}


def asked(connection: Connection, request: ChangeRequest) -> None:
    """Tell those who may decide about a request."""
    notices.announce(
        connection, event=f"change.requested:{request.id}", kind="change.requested",
        station_id=request.station_id, roles=(Role.REVIEWER,), says=_station(request),
    )  # fmt: skip


def decided(connection: Connection, request: ChangeRequest, state: str, decision: str = "") -> None:
    """Tell who asked; a keeper hears of it as keepers hear of everything."""
    by_keeper = changes.asked_by_keeper(connection, request.id)
    person = request.requested_by
    outcome, outcome_en = _OUTCOMES[state]
    notices.announce(
        connection, event=f"change.decided:{request.id}", kind="change.decided",
        station_id=request.station_id, keepers=by_keeper,
        user_ids=[] if by_keeper or person is None else [person],
        says={**_station(request), "outcome": outcome, "outcome_en": outcome_en,
              "reason": decision},
    )  # fmt: skip


def lapsed(connection: Connection, station_id: int) -> None:
    """Tell who asked for changes of a station that has left, and so lapsed."""
    for request in changes.lapsed(connection, station_id):
        decided(connection, request, "lapsed", request.decision)


def _station(request: ChangeRequest) -> dict[str, object]:
    return {"station": request.current.get("name", "")}
