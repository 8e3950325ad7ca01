"""Roles of people, as data: what the register lets them do, and in what scope.

This is the only copy: ``app/store/reference.py`` writes it to the table ``role``. A grant gives
a person a role in the scope of a union, which holds for the unions below it too.
"""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a person may be."""

    CITY_ADMIN = "city_admin"
    UNION_STAFF = "union_staff"
    REVIEWER = "reviewer"
    INSPECTOR = "inspector"
    KEEPER = "keeper"
    PLANNER = "planner"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True)
class RoleFacts:
    """What a role means.

    Attributes:
        role: which.
        name, name_en: as pages call it.
        says: what it is for, in a line.
        writes: whether its bearers may write records of their scope at all.
    """

    role: Role
    name: str
    name_en: str
    says: str
    writes: bool


ROLES: tuple[RoleFacts, ...] = (
    RoleFacts(Role.CITY_ADMIN, "市总管理员", "City admin", "approves, names and lets go", True),
    RoleFacts(Role.UNION_STAFF, "工会经办人", "Union staff", "enters and submits stations", True),
    RoleFacts(Role.REVIEWER, "工会审核人", "Reviewer", "reviews what others submitted", True),
    RoleFacts(Role.INSPECTOR, "检查员", "Inspector", "checks stations against a standard", True),
    RoleFacts(Role.KEEPER, "站点负责人", "Keeper", "keeps one station", True),
    RoleFacts(Role.PLANNER, "规划人员", "Planner", "reads figures and scenarios", False),
    RoleFacts(Role.AUDITOR, "审计人员", "Auditor", "reads everything that was done", False),
)
