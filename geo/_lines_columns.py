"""Which column of a city's layer says what, and what its values mean."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from geo._lines_words import DIRECTION_WORDS, KIND_WORDS, RANK_WORDS, RIDE_WORDS
from geo.errors import InvalidValue, SourceUnreadable

# a role that is told by words, and the words it may be told in
WORDS: Mapping[str, Mapping[str, Any]] = {
    "kind": KIND_WORDS,
    "rank": RANK_WORDS,
    "direction": DIRECTION_WORDS,
    "ride": RIDE_WORDS,
}
_PARTS = ("column", "values", "empty", "unknown")


@dataclass(frozen=True, slots=True)
class Valued:
    """A column whose values are words.

    Attributes:
        column: its name in the layer; None looks for a usual name, ``""`` uses no column.
        values: what the city's words mean in ours, beside the words that are known anyway.
        empty: our word for a row that says nothing; None for the usual.
        unknown: our word for all values that nobody explained; None leaves such a row out if
            the column tells the kind, and takes the usual otherwise. Either way they are counted.
    """

    column: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    empty: str | None = None
    unknown: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineColumns:
    """Say which columns of a layer hold what; a name that is not given is looked for.

    The columns of words (``kind``, ``rank``, ``direction``, ``ride``) take a name or a
    :class:`Valued`. Our words are: for kinds ``street``, ``path``, ``steps``, ``bridge``,
    ``tunnel``, ``escalator``, ``lift``, ``crossing``, ``ferry`` and ``closed`` (not for walkers);
    for ranks those of :class:`geo.streets.Rank`; for directions and rides ``both``, ``forward``,
    ``backward`` and ``closed``. Common Chinese and English words are known without a table.

    Attributes:
        kind: how a line is walked.
        rank: how important a street is; may be the same column as ``kind``.
        direction: in which direction *walkers* may pass. A column of one-ways for vehicles
            does not bind them and belongs in ``ride``.
        ride: in which direction an e-bike may; where nothing says so, both on streets that
            are a service street or wider, and nowhere else.
        name: street name.
        steps: number of stair steps; a row with steps and no kind is a stair.
        level, level_start, level_end: the level of a whole line, or of its ends; lines of
            different levels do not join. A row that says nothing lies on level 0.
        height_start, height_end: metres above the sea at the ends; outweigh the heights of the
            geometry itself.
        width: metres; gives the rank where no word does.
    """

    kind: Valued | str | None = None
    rank: Valued | str | None = None
    direction: Valued | str | None = None
    ride: Valued | str | None = None
    name: str | None = None
    steps: str | None = None
    level: str | None = None
    level_start: str | None = None
    level_end: str | None = None
    height_start: str | None = None
    height_end: str | None = None
    width: str | None = None

    def __post_init__(self) -> None:
        for role, known in WORDS.items():
            valued = self.valued(role)
            words = {
                **valued.values,
                **{part: word for part in ("empty", "unknown") if (word := getattr(valued, part))},
            }
            for value, word in words.items():
                if word.casefold() not in known:
                    raise InvalidValue(f"{role} of {value!r}", word, _expected(role))

    def valued(self, role: str) -> Valued:
        """Return a column of words with its table."""
        given: Valued | str | None = getattr(self, role)
        return given if isinstance(given, Valued) else Valued(given)

    def column(self, role: str) -> str | None:
        """Return the name that was given for a role, None if it is to be looked for."""
        given: Valued | str | None = getattr(self, role)
        return given.column if isinstance(given, Valued) else given


def _expected(role: str) -> str:
    ours = sorted({word for word in WORDS[role] if word.isascii() and word.isalpha()})
    return "one of our words: " + ", ".join(ours)


def read_columns(path: Path | str) -> LineColumns:
    """Read a mapping of columns from a JSON or TOML file.

    A role is a column's name, or for the columns of words a table with ``column``, ``values``,
    ``empty`` and ``unknown`` as :class:`Valued` has them::

        name = "MC"
        [kind]
        column = "LX"
        values = { "人行天桥" = "bridge", "梯坎" = "steps" }

    Raises:
        SourceUnreadable: the file cannot be read, or is neither JSON nor TOML.
        InvalidValue: naming a role, part or word that is not known.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
        document = json.loads(text) if path.suffix.lower() == ".json" else tomllib.loads(text)
    except OSError as error:
        raise SourceUnreadable(str(path), (error.strerror or str(error)).lower()) from None
    except (ValueError, RecursionError) as error:
        form = "JSON" if path.suffix.lower() == ".json" else "TOML"
        raise SourceUnreadable(str(path), f"it is no {form} in UTF-8: {error}") from None
    if not isinstance(document, dict):
        raise InvalidValue("columns", type(document).__name__, "a table of roles and columns")
    roles = [item.name for item in fields(LineColumns)]
    for role in document:
        if role not in roles:
            raise InvalidValue("columns", role, "one of " + ", ".join(roles))
    given: dict[str, Any] = {role: _role(role, value) for role, value in document.items()}
    return LineColumns(**given)


def _role(role: str, value: object) -> Valued | str:
    if isinstance(value, str):
        return value
    if role not in WORDS or not isinstance(value, dict):
        raise InvalidValue(f"columns.{role}", value, "the name of a column")
    for part, content in value.items():
        if part not in _PARTS:
            raise InvalidValue(f"columns.{role}", part, "one of " + ", ".join(_PARTS))
        table = part == "values"
        words = content.values() if table and isinstance(content, dict) else [content]
        if table != isinstance(content, dict) or not all(isinstance(word, str) for word in words):
            expected = "a table of words" if table else "text"
            raise InvalidValue(f"columns.{role}.{part}", content, expected)
    return Valued(**value)
