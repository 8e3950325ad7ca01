"""What can go wrong for a user, as data. Knows nothing of HTTP; ``app/web/problems.py`` maps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; the message says what is expected."""

    field: str
    message: str


class HarborError(Exception):
    """Base of every error a user can do something about.

    Its text is one or two sentences: what was attempted and what is wrong;
    ``remedy`` says what to do next.
    """

    remedy: str = ""

    def __init__(self, message: str, *, remedy: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy


class InvalidInput(HarborError):
    """One or more fields of a request cannot be used."""

    def __init__(
        self, errors: list[FieldError], *, attempted: str = "read the request", remedy: str = ""
    ) -> None:
        self.errors = errors
        listed = "; ".join(f"{error.field}: {error.message}" for error in errors)
        super().__init__(f"Could not {attempted}: {listed}", remedy=remedy)


class NotFound(HarborError):
    """Nothing is known under the name or number that was given."""


class Conflict(HarborError):
    """The request does not fit the state things are in."""


class ForbiddenMove(Conflict):
    """A station may not go from one state to another."""

    def __init__(self, origin: str, target: str, allowed: tuple[str, ...]) -> None:
        self.origin = origin
        self.target = target
        self.allowed = allowed
        ways = ", ".join(allowed) or "no other state"
        super().__init__(f"A station that is {origin} cannot become {target}; it may go to {ways}.")


class Unavailable(HarborError):
    """Something Harbor needs is not there now: the database, a network."""


class DatabaseDown(Unavailable):
    """The database cannot be reached."""

    remedy = "Start it with `harbor db up`, or check HARBOR_DATABASE_URL; then try again."


class ForbiddenHere(HarborError):
    """The caller may not do this."""


class UnreadableFile(HarborError):
    """A file cannot be read at all: wrong kind, wrong encoding, cut short."""


class MissingSystemPart(HarborError):
    """A program or a right that Harbor needs is missing on this machine."""
