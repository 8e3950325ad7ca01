"""``harbor plan report``, ``freeze`` and ``frozen``: what goes up, and what stands for good."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from app.cli.output import emit, progress, runtime, table
from app.cli.plan_question import asks
from app.domain.scenario import Changes
from app.service.page_export import save
from app.service.plan import frozen as frozen_
from app.service.plan import reports
from app.service.plan.frozen import Compared
from app.service.plan.question import PlanQuestion
from app.service.runtime import Runtime

Question = Callable[[Runtime], PlanQuestion]
HTML = "html"
ENDINGS = (*reports.MEDIA, HTML)


class Target(click.Path):
    """A file whose name says in what form it is written."""

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:
        """Return the path.

        Raises:
            BadParameter: if no report is written in a form of that name.
        """
        path = Path(str(super().convert(value, param, ctx)))
        if path.suffix.removeprefix(".").lower() not in ENDINGS:
            self.fail(f"{path.name} names no form; use one of .{', .'.join(ENDINGS)}", param, ctx)
        return path


@click.command()
@click.argument("files", nargs=-1, required=True, type=Target(dir_okay=False, path_type=Path))
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@click.option(
    "--siting", type=click.IntRange(1, 2**63 - 1),
    help="The number of a siting whose result the report tells of.",
)  # fmt: skip
@asks
def report(
    question: Question,
    changes: Changes,
    files: tuple[Path, ...],
    lang: reports.Language,
    siting: int | None,
) -> None:
    """Make a report and write it to FILES, each in the form its name ends with.

    .docx to edit, .pdf, .xlsx with every table, .gpkg and .geojson with the layers,
    .png and .svg of the map, .html for the map as one file.
    """
    with runtime() as harbor, progress() as tell:
        number = reports.make_now(
            harbor, question(harbor), changes, lambda _, doing, share: tell(doing, share),
            actor=None, siting=siting,
        )  # fmt: skip
        run = reports.material(harbor, None, number)["run"]
        for path in files:
            tell(f"writing {path.name}", 0.5)
            save(path, _content(harbor, number, path.suffix.removeprefix(".").lower(), lang))
            tell(f"writing {path.name}", 1.0)
    written = ", ".join(str(path) for path in files)
    click.echo(f"report {number} of run {run}: {written}")


def _content(harbor: Runtime, number: int, ending: str, language: reports.Language) -> bytes:
    if ending == HTML:
        from app.web.plan_report_map import one_file  # noqa: PLC0415 - folium is slow to load

        return one_file(harbor, None, number, language).encode()
    return reports.file(harbor, None, number, ending, language).content  # type: ignore[arg-type]


@click.command()
@click.argument("run", type=int)
@click.argument("title")
@click.option("--note", default="", help="What is to be known about it.")
def freeze(run: int, title: str, note: str) -> None:
    """Freeze the figures of a coverage RUN under a TITLE, with their inputs, for good."""
    with runtime() as harbor:
        number = frozen_.freeze(harbor, None, run, title=title, note=note)
    click.echo(f"frozen figure {number}: run {run}. An admin of the city signs it off in the page.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def frozen(as_json: bool) -> None:
    """List frozen figures beside what the same question gives today."""
    with runtime() as harbor:
        found = [frozen_.compared(harbor, None, one.id) for one in frozen_.listed(harbor, None)]
    if as_json:
        emit([_told(one) for one in found])
        return
    table(
        ["", "title", "run", "frozen", "signed", "people then", "people today", "changed since"],
        [_row(one) for one in found],
    )


def _told(one: Compared) -> dict[str, Any]:
    figure = one.figure
    return {
        "id": figure.id,
        "title": figure.title,
        "run": figure.run,
        "frozen_at": figure.frozen_at.isoformat(),
        "signed_at": None if figure.signed_at is None else figure.signed_at.isoformat(),
        "rules": figure.result["rules"],
        "today": None if one.today is None else one.today.result["rules"],
        "today_run": None if one.today is None else one.today.run,
        "changed": [en for _, en in one.changed],
        "problem": one.problem[1] or None,
    }


def _row(one: Compared) -> list[str]:
    figure = one.figure
    return [
        str(figure.id), figure.title, str(figure.run), f"{figure.frozen_at:%Y-%m-%d}",
        "" if figure.signed_at is None else f"{figure.signed_at:%Y-%m-%d} {figure.signer}",
        _share(figure.result), "–" if one.today is None else _share(one.today.result),
        one.problem[1] or ", ".join(en for _, en in one.changed) or "nothing",
    ]  # fmt: skip


def _share(result: dict[str, Any]) -> str:
    share = result["rules"]["walk_terrain"]["people_share"]
    return "–" if share is None else f"{share:.1%}"
