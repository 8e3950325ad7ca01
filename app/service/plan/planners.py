"""Who may draw up scenarios and areas."""

from app.domain.actor import Actor
from app.domain.errors import ForbiddenHere
from app.service.runtime import Runtime
from app.store import scenarios
from app.store.database import Connection
from app.store.rights import acting_as


def may_plan(harbor: Runtime, actor: Actor | None) -> bool:
    """Whether a person is a planner or city admin of the whole city."""
    with harbor.connection() as connection, acting_as(connection, actor):
        return scenarios.may_plan(connection)


def check_planner(connection: Connection, attempted: str, zh: str) -> None:
    """Raise :class:`ForbiddenHere` unless the acting person plans for the whole city.

    Args:
        attempted, zh: what was attempted, after "could not", and in Chinese.
    """
    if not scenarios.may_plan(connection):
        raise ForbiddenHere(
            f"Could not {attempted}: it takes the role of a planner or city admin of the"
            " whole city.",
            remedy="Ask one of them, or the city's admin for the role of planner.",
            zh=f"只有全市的规划人员和市总管理员可以{zh}。"
            "请联系他们,或向市总管理员申请“规划人员”角色。",
        )
