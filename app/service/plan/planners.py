"""Who may draw up scenarios and areas."""

from app.domain.errors import ForbiddenHere
from app.store import scenarios
from app.store.database import Connection


def check_planner(connection: Connection, attempted: str, zh: str) -> None:
    """Raise :class:`ForbiddenHere` unless the acting person is a planner or a city admin.

    Args:
        attempted, zh: what was attempted, after "could not", and in Chinese.
    """
    if not scenarios.may_plan(connection):
        raise ForbiddenHere(
            f"Could not {attempted}: it takes the role of a planner or city admin.",
            remedy="Ask one of them, or the city's admin for the role of planner.",
            zh=f"只有规划人员和市总管理员可以{zh}。请联系他们,或向市总管理员申请“规划人员”角色。",
        )
