"""Who may say how things are at a station: for closures, photos and confirmations."""

from app.domain.errors import Conflict, ForbiddenHere, NotFound
from app.domain.lifecycle import FACTS, State
from app.store import confirmations
from app.store.confirmations import Standing
from app.store.database import Connection


def seen(connection: Connection, station_id: int) -> Standing:
    """Return a station in the acting person's sight.

    Raises:
        NotFound: if there is none.
    """
    found = confirmations.standing(connection, station_id)
    if found is None:
        raise NotFound(
            f"There is no station {station_id} among those you may see.",
            zh=f"在您可见的范围内没有站点 {station_id}。",
        )
    return found


def tended(
    connection: Connection, station_id: int, attempted: str, *, public: bool = False
) -> Standing:
    """Return a station that the acting person may tend.

    Args:
        public: whether it has to be one that riders see.

    Raises:
        NotFound, ForbiddenHere: if the person may not see it, or not tend it.
        Conflict: if it is not public and has to be.
    """
    found = seen(connection, station_id)
    if not found.may_tend:
        raise ForbiddenHere(
            f"Could not {attempted}: it takes staff of the union, an inspector, a reviewer"
            " or a keeper of this station.",
            remedy="Ask the union that owns it.",
            zh="只有本工会的工作人员、审核员、巡检员和该站负责人可以办理。",
        )
    facts = FACTS[State(found.state)]
    if public and not facts.public:
        raise Conflict(
            f"Could not {attempted}: the station is {facts.name_en.lower()}, and riders do not"
            " see it.",
            remedy="It can be done once the station is open to the public.",
            zh=f"站点目前为“{facts.name}”,尚未对外开放,不能办理。",
        )
    return found
