"""What is found in a row of a list: its errors, its warnings, and facts beside the snapshot's."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.errors import FieldError, InvalidInput
from app.domain.facts import check_facts

# facts of the record that a list may hold beside those of a snapshot
FURTHER = (
    "union_built", "area_square_metres", "seats", "host_credit_code", "agreement_number",
    "agreement_from", "agreement_to", "functions", "venues", "service_details",
)  # fmt: skip
_FORMULA = re.compile(r"'*(?:[=@]|[+\-](?![\d(]))")
_PHONE = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8})(?!\d)")


@dataclass
class Findings:
    """What is wrong with a row, and what is odd about it."""

    errors: list[FieldError] = field(default_factory=list)
    warnings: list[FieldError] = field(default_factory=list)

    def error(self, name: str, message: str, zh: str) -> None:
        """Note why the row cannot be taken."""
        self.errors.append(FieldError(name, message, zh))

    def warn(self, name: str, message: str, zh: str) -> None:
        """Note what was not understood, or should be looked at."""
        self.warnings.append(FieldError(name, message, zh))


def warn_of_formulas(
    cells: Mapping[str, str], findings: Findings, *, fields: Collection[str]
) -> None:
    """Tell of text that a spreadsheet program would run: here it is text, and never run."""
    for name, text in cells.items():
        if name in fields and _FORMULA.match(text.strip()):
            findings.warn(
                name, "begins like a formula; it is kept as text and never run",
                "像是公式,只按文字保存,绝不执行",
            )  # fmt: skip


def warn_of_phones(texts: Mapping[str, str], findings: Findings) -> None:
    """Tell of phones in what will be public."""
    for name in ("name", "address", "host_name", "hours", "services", "service_details"):
        if _PHONE.search(texts[name]):
            findings.warn(
                name, "seems to hold a phone number; it will be public",
                "里面好像有电话号码,会对外公开",
            )  # fmt: skip


def further(
    cells: Mapping[str, str],
    findings: Findings,
    *,
    services: Collection[str],
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """Read the facts of a record that the row fills in.

    Args:
        services, details: what is on site, and what is known of services beside.
    """
    given: dict[str, Any] = {
        name: text for name in FURTHER if (text := cells.get(name, "").strip())
    }
    given |= {"services": services, "service_details": details}
    found: dict[str, Any] = {}
    try:
        found = check_facts(given, attempted="read the row")
    except InvalidInput as error:
        findings.errors.extend(error.errors)
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}
