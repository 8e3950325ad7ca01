"""The list that staff fill in, with the districts and unions of the day."""

from datetime import datetime
from pathlib import Path

from app.domain.actor import Actor
from app.domain.errors import FieldError, InvalidInput
from app.files.template import write_template
from app.files.written import write_whole
from app.service import import_staging
from app.settings import Settings
from app.store import areas, batches
from app.store.database import Connection


def content(connection: Connection, settings: Settings, actor: Actor) -> bytes:
    """Return the workbook for a person, with the unions for which they enter stations."""
    unions = [one.name for one in import_staging.unions(connection, actor)]
    return write_template(districts=_districts(connection, settings), unions=unions)


def write(connection: Connection, settings: Settings, file: Path) -> None:
    """Write the workbook to a file, with every union of the day.

    Raises:
        InvalidInput: if the file is not to be an .xlsx, or its folder does not exist.
    """
    problem = None
    if file.suffix.lower() != ".xlsx":
        problem = f"{file.name} must end in .xlsx"
    elif not file.parent.is_dir():
        problem = f"the folder {file.parent} does not exist"
    if problem is not None:
        raise InvalidInput([FieldError("file", problem)], attempted="write the template")
    today = datetime.now(settings.zone).date()
    unions = batches.union_names(connection, on=today)
    districts = _districts(connection, settings)
    write_whole(file, write_template(districts=districts, unions=unions))


def _districts(connection: Connection, settings: Settings) -> list[str]:
    today = datetime.now(settings.zone).date()
    return [one.name for one in areas.districts(connection, as_of=today)]
