"""People who work at the demo city's unions: accounts with random passwords, told once."""

from dataclasses import dataclass

from app.domain.errors import Conflict
from app.domain.roles import Role
from app.service import accounts
from app.service._passwords import hashed, random_password
from app.service.demo.unions import CITY_CODE
from app.store import accounts as stored
from app.store import register
from app.store.database import Connection


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """An account as it is told once: its password is kept nowhere."""

    name: str
    full_name: str
    role: Role
    password: str


@dataclass(frozen=True, slots=True)
class _Post:
    name: str
    full_name: str
    role: Role
    city_wide: bool = False


POSTS = (
    _Post("demo-admin", "演示·市总管理员", Role.CITY_ADMIN, city_wide=True),
    _Post("demo-clerk", "演示·区县经办人", Role.UNION_STAFF),
    _Post("demo-reviewer", "演示·区县审核人", Role.REVIEWER),
    _Post("demo-inspector", "演示·区县检查员", Role.INSPECTOR),
    _Post("demo-planner", "演示·规划人员", Role.PLANNER, city_wide=True),
    _Post("demo-auditor", "演示·审计人员", Role.AUDITOR, city_wide=True),
)


def give_logins(connection: Connection) -> list[DemoLogin]:
    """Give every post of the demo city an account with a new random password.

    An account that is there already gets a new password, and its sessions end.

    Raises:
        Conflict: if the register does not hold the demo city.
    """
    with connection.transaction():
        if register.read(connection).kind != "demo":
            raise Conflict(
                "Could not make demo logins: this register does not hold the demo city.",
                remedy="For a real register, run `harbor users add NAME --role city_admin`.",
            )
        union = _largest_union(connection)
        return [_login(connection, post, union) for post in POSTS]


def _login(connection: Connection, post: _Post, union: str) -> DemoLogin:
    account = stored.find(connection, post.name)
    if account is None:
        accounts.add(
            connection, post.name, post.role, full_name=post.full_name,
            union_code=None if post.city_wide else union,
        )  # fmt: skip
    else:
        accounts.set_password(connection, post.name)
    account = stored.find(connection, post.name, lock=True)
    if account is None:
        raise Conflict(f"The account {post.name} was taken away meanwhile.")
    password = random_password()
    # nobody else reads the terminal of a demo, so it need not be changed first
    stored.set_password(connection, account.id, hashed(password), must_change=False)
    return DemoLogin(post.name, post.full_name, post.role, password)


def _largest_union(connection: Connection) -> str:
    """The code of the district union with the most stations today: there is most to see."""
    counted = stored.unions_by_stations(connection, but=CITY_CODE)
    return counted[0] if counted else CITY_CODE
