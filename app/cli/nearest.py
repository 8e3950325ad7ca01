"""``harbor nearest``: the rider's question in a shell."""

from datetime import datetime

import click

from app.cli.output import MOMENT, emit, runtime, table
from app.service import nearest as search
from app.service.present import answer_json, open_words
from app.service.question import Question


# a western or southern coordinate begins with a minus sign and is no option
@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("longitude", metavar="LON", type=float)
@click.argument("latitude", metavar="LAT", type=float)
@click.option("-k", "k", default=5, show_default=True, help="How many stations.")
@click.option("--services", default="", help="Only stations with all of these, comma-separated.")
@click.option("--at", type=MOMENT, help="When the walk begins; now if not given.")
@click.option(
    "--open",
    "when",
    default="any",
    show_default=True,
    help="any; now, arrival: not closed.",
)
@click.option("--max-minutes", type=float, help="No way longer than this.")
@click.option("--pace", default="terrain", show_default=True, help="terrain or official.")
@click.option("--mode", default="walk", show_default=True, help="walk or ebike.")
@click.option("--datum", default="wgs84", show_default=True, help="What LON LAT refer to.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def nearest(
    longitude: float,
    latitude: float,
    k: int,
    services: str,
    at: datetime | None,
    when: str,
    max_minutes: float | None,
    pace: str,
    mode: str,
    datum: str,
    as_json: bool,
) -> None:
    """Find the stations nearest to LON LAT, in strict order of walking time."""
    with runtime() as harbor:
        zone = harbor.settings.zone
        question = Question(
            longitude=longitude,
            latitude=latitude,
            k=k,
            services=tuple(word.strip() for word in services.split(",") if word.strip()),
            max_minutes=max_minutes,
            open=when,
            datum=datum,
            pace=pace,
            mode=mode,
            at=None if at is None else at.replace(tzinfo=at.tzinfo or zone),
        )
        answer = search.nearest(harbor.snapshot(), harbor.settings, question)
        empty = not harbor.snapshot().stations
    if as_json:
        emit(answer_json(answer, datum=datum))
        return
    click.echo(
        f"network {answer.network}; the nearest street is {answer.snap_metres:.0f} m away;"
        f" {'pace ' + pace if mode == 'walk' else 'by ' + mode}"
    )
    if empty:
        click.echo(
            "The register holds no station that riders may see. Bring a list in with"
            " `harbor stations import FILE --datum DATUM`."
        )
        return
    if not answer.stations:
        click.echo("No station matches within reach.")
        return
    table(
        ["min", "metres", "on foot", "straight", "climb", "open", "number", "name"],
        [
            [
                f"{found.way.seconds / 60:.1f}",
                f"{found.way.metres:.0f}",
                f"{found.way.walk_metres:.0f}",
                f"{found.straight_metres:.0f}",
                f"+{found.way.ascent:.0f}",
                open_words(found.opening, zone),
                found.station.code or "–",
                found.station.name,
            ]
            for found in answer.stations
        ],
    )
