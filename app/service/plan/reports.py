"""Reports that go up: asked for, made in the background, kept as they were made, handed out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from app.domain.actor import Actor
from app.domain.errors import Conflict, NotFound
from app.domain.scenario import NONE, Changes, parse
from app.files import typeset
from app.files.curve_drawing import draw_curve
from app.files.map_drawing import draw
from app.files.map_marks import Language
from app.files.map_shapes import MapShapes
from app.files.paper import Paper, cells
from app.files.paper_docx import paper_docx
from app.files.paper_pdf import paper_pdf
from app.files.paper_sheets import paper_sheets
from app.files.plan_layers import plan_geojson, plan_geopackage
from app.service import jobs
from app.service.jobs import Job
from app.service.plan import siting as sitings
from app.service.plan.question import PlanQuestion, check, read
from app.service.plan.report_material import Tell, collect
from app.service.plan.report_words import CURVE, MAP, paper
from app.service.runtime import Runtime
from app.store import plan_reports
from app.store.database import Connection
from app.store.plan_reports import PlanReport
from app.store.rights import acting_as, refusals

__all__ = [
    "KIND", "MEDIA", "Format", "Language", "Look", "MapShapes", "Paper", "ReportFile", "Tell",
    "ask", "cancel", "cells", "curve", "file", "latest", "look", "make", "make_now", "material",
    "shapes", "written",
]  # fmt: skip

KIND = "plan.report"
SITING = "siting"
PNG_PIXELS = 2400
MOST_LISTED = 50

Format = Literal["docx", "pdf", "xlsx", "gpkg", "geojson", "png", "svg"]
MEDIA: dict[str, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": "application/geo+json",
    "png": "image/png",
    "svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Look:
    """A report and, while it is being made, its job; ``job`` is None where it is not one's own."""

    report: PlanReport
    job: Job | None

    @property
    def made(self) -> bool:
        """Whether there is a report to read."""
        return self.report.material is not None


@dataclass(frozen=True, slots=True)
class ReportFile:
    """A file of a report."""

    content: bytes
    media: str
    name: str


def ask(
    harbor: Runtime,
    actor: Actor | None,
    question: PlanQuestion,
    changes: Changes = NONE,
    *,
    siting: int | None = None,
) -> int:
    """Ask for a report, which a worker makes; return its number.

    Args:
        siting: the number of a siting whose result it is to tell of.

    Raises:
        InvalidInput: if the question cannot be used.
        NotFound, Conflict: if there is no such siting, or it has found nothing yet.
        ForbiddenHere: if the person may not ask for reports.
    """
    check(question)
    _sited(harbor, actor, siting)
    with (
        harbor.connection() as connection,
        acting_as(connection, actor),
        refusals("ask for a report"),
    ):
        number = _begin(connection, question, changes, siting)
        jobs.ask(connection, KIND, number)
    return number


def _begin(
    connection: Connection, question: PlanQuestion, changes: Changes, siting: int | None
) -> int:
    told = question.to_json() | ({} if siting is None else {SITING: siting})
    return plan_reports.begin(connection, told, changes.to_json())


def make(harbor: Runtime, actor: Actor | None, number: int, tell: Tell) -> None:
    """Make a report that was asked for; one that is made stays as it is.

    Raises:
        NotFound: if nobody asked for it.
        InvalidInput, Conflict, Unavailable: if its question cannot be answered.
    """
    report = look(harbor, actor, number).report
    if report.material is not None:
        return
    material = collect(
        harbor, actor, read(report.question), parse(report.changes),
        siting=_sited(harbor, actor, report.question.get(SITING)), tell=tell,
    )  # fmt: skip
    tell("保存报告", "Keeping the report", 0.95)
    with (
        harbor.connection() as connection,
        acting_as(connection, actor),
        refusals("keep the report"),
    ):
        plan_reports.finish(
            connection, number, run=material.run, material=material.told,
            shapes=material.shapes.packed(),
        )  # fmt: skip


def _sited(harbor: Runtime, actor: Actor | None, siting: int | None) -> dict[str, Any] | None:
    """Return what a siting found, None for none.

    Raises:
        NotFound, Conflict: if there is no such siting, or it has found nothing yet.
    """
    if siting is None:
        return None
    found: dict[str, Any] | None = sitings.look(harbor, actor, siting)["result"]
    if found is None:
        raise Conflict(
            f"Siting {siting} has found nothing yet.", remedy="Wait until it has.",
            zh="选址还没有算完。",
        )  # fmt: skip
    return found


def make_now(
    harbor: Runtime,
    question: PlanQuestion,
    changes: Changes,
    tell: Tell,
    *,
    actor: Actor | None,
    siting: int | None = None,
) -> int:
    """Make a report at once, without a worker; return its number.

    Args:
        siting: the number of a siting whose result it is to tell of.

    Raises:
        InvalidInput, NotFound, Conflict: as :func:`ask`, and as :func:`make`.
    """
    check(question)
    _sited(harbor, actor, siting)
    with harbor.connection() as connection, acting_as(connection, actor):
        number = _begin(connection, question, changes, siting)
    make(harbor, actor, number, tell)
    return number


def look(harbor: Runtime, actor: Actor | None, number: int) -> Look:
    """Return a report, and how far it is.

    Raises:
        NotFound: if there is none in sight.
    """
    with harbor.connection() as connection, acting_as(connection, actor):
        report = plan_reports.find(connection, number)
    if report is None:
        raise NotFound(f"There is no report {number}.", zh=f"没有编号为 {number} 的报告。")
    if report.material is not None:
        return Look(report, None)
    with harbor.connection() as connection:
        job = jobs.look(connection, actor, [KIND], number) if actor else None
    return Look(report, job)


def cancel(harbor: Runtime, actor: Actor, number: int) -> None:
    """Stop the making of one's own report.

    Raises:
        NotFound, Conflict: if it is not being made.
    """
    job = look(harbor, actor, number).job
    if job is None:
        raise Conflict("The report is not being made.", zh="这份报告没有在制作。")
    with harbor.connection() as connection:
        jobs.cancel(connection, actor, job.id)


def latest(harbor: Runtime, actor: Actor | None) -> list[PlanReport]:
    """Return the newest reports that were made, with their titles alone."""
    with harbor.connection() as connection, acting_as(connection, actor):
        return plan_reports.latest(connection, most=MOST_LISTED)


def material(harbor: Runtime, actor: Actor | None, number: int) -> dict[str, Any]:
    """Return everything a report says.

    Raises:
        NotFound: if there is none in sight.
        Conflict: if it is not made.
    """
    return _made(harbor, actor, number)[1]


def written(harbor: Runtime, actor: Actor | None, number: int, language: Language) -> Paper:
    """Return a report said in a language.

    Raises:
        NotFound, Conflict: as :func:`material`.
    """
    report, told = _made(harbor, actor, number)
    return paper(told, language, number=number, maker=report.maker)


def shapes(harbor: Runtime, actor: Actor | None, number: int) -> MapShapes:
    """Return what the map of a report draws.

    Raises:
        NotFound, Conflict: as :func:`material`.
    """
    _made(harbor, actor, number)
    return _shapes(harbor, number)


def curve(harbor: Runtime, actor: Actor | None, number: int, language: Language) -> str:
    """Return the curve of a report as SVG, empty if it has none.

    Raises:
        NotFound, Conflict: as :func:`material`.
    """
    return _curve(written(harbor, actor, number, language), material(harbor, actor, number))


def file(
    harbor: Runtime, actor: Actor | None, number: int, kind: Format, language: Language = "zh"
) -> ReportFile:
    """Write a report, or its map or layers, as a file of a kind.

    Raises:
        NotFound, Conflict: as :func:`material`.
        MissingSystemPart: if the machine has no font with Chinese characters.
    """
    report, told = _made(harbor, actor, number)
    said = paper(told, language, number=number, maker=report.maker)
    pictures = {MAP: _map(harbor, number, language), CURVE: _curve(said, told)}
    match kind:
        case "docx":
            content = paper_docx(said, pictures)
        case "pdf":
            content = paper_pdf(said, pictures)
        case "xlsx":
            content = paper_sheets(said)
        case "gpkg":
            content = plan_geopackage(_shapes(harbor, number))
        case "geojson":
            content = plan_geojson(_shapes(harbor, number))
        case "png":
            content = typeset.png(pictures[MAP], pixels=PNG_PIXELS)
        case "svg":
            content = pictures[MAP].encode()
    return ReportFile(content, MEDIA[kind], f"harbor-plan-{number}.{kind}")


def _made(harbor: Runtime, actor: Actor | None, number: int) -> tuple[PlanReport, dict[str, Any]]:
    report = look(harbor, actor, number).report
    if report.material is None:
        raise Conflict(
            f"Report {number} is not made yet.", remedy="Wait until it is, or ask for another.",
            zh="这份报告还没有做好。",
        )  # fmt: skip
    return report, report.material


# a report never changes: what was drawn of it stays good
@lru_cache(maxsize=4)
def _shapes(harbor: Runtime, number: int) -> MapShapes:
    with harbor.connection() as connection, connection.transaction():
        return MapShapes.unpacked(plan_reports.shapes(connection, number) or b"")


@lru_cache(maxsize=8)
def _map(harbor: Runtime, number: int, language: Language) -> str:
    return draw(_shapes(harbor, number), language, family=typeset.family())


def _curve(said: Paper, told: Mapping[str, Any]) -> str:
    found = told["curve"]
    if not found or not found["days"]:
        return ""
    return draw_curve(
        [date.fromisoformat(day) for day in found["days"]],
        found["share"],
        [
            (date.fromisoformat(e["day"]), e["opened_count"], e["closed_count"])
            for e in found["events"]
        ],
        title=said.title,
        family=typeset.family(),
    )
