"""What can go wrong for a user, as data. Knows nothing of HTTP; ``app/web/problems.py`` maps it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field; the message says what is expected, ``zh`` in Chinese."""

    field: str
    message: str
    zh: str = ""


class HarborError(Exception):
    """Base of every error a user can do something about.

    Its text is one or two sentences: what was attempted and what is wrong;
    ``remedy`` says what to do next, ``zh`` all of it in Chinese, where staff read it.
    """

    remedy: str = ""
    zh: str = ""

    def __init__(self, message: str, *, remedy: str | None = None, zh: str | None = None) -> None:
        super().__init__(message)
        if remedy is not None:
            self.remedy = remedy
        if zh is not None:
            self.zh = zh


class InvalidInput(HarborError):
    """One or more fields of a request cannot be used."""

    def __init__(
        self, errors: list[FieldError], *, attempted: str = "read the request", remedy: str = ""
    ) -> None:
        self.errors = errors
        listed = "; ".join(f"{error.field}: {error.message}" for error in errors)
        whole = all(error.zh for error in errors)
        super().__init__(
            f"Could not {attempted}: {listed}", remedy=remedy,
            zh=";".join(error.zh for error in errors) if whole else "",
        )  # fmt: skip


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


class TooMany(HarborError):
    """So much was sent from one source that the next has to wait."""

    def __init__(self, wait_seconds: int) -> None:
        self.wait_seconds = wait_seconds
        minutes = -(-wait_seconds // 60)
        super().__init__(
            "Too much was sent from here.",
            remedy=f"Try again in {minutes} minutes.",
            zh=f"提交太频繁,请 {minutes} 分钟后再试。",
        )


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What became of one field while somebody had it open, as JSON values.

    Attributes:
        field: its name.
        before: what it was when the editor read it.
        now: what it is.
        wanted: what the editor wanted it to be; equal to ``before`` if left alone.
    """

    field: str
    before: object
    now: object
    wanted: object


class ChangedMeanwhile(Conflict):
    """Somebody else was faster; what both wanted is carried along, field by field."""

    remedy = "Look at the differences, and save again what you still want."

    def __init__(
        self, *, attempted: str, expected: int, revision: int, changes: tuple[FieldChange, ...]
    ) -> None:
        self.expected = expected
        self.revision = revision
        self.changes = changes
        changed = ", ".join(c.field for c in changes if c.before != c.now) or "no fact"
        super().__init__(
            f"Could not {attempted}: revision {expected} was read, and it is {revision} by now;"
            f" changed meanwhile: {changed}."
        )


class Unavailable(HarborError):
    """Something Harbor needs is not there now: the database, a network."""


class DatabaseDown(Unavailable):
    """The database cannot be reached."""

    remedy = "Start it with `harbor db up`, or check HARBOR_DATABASE_URL; then try again."


class ForbiddenHere(HarborError):
    """The caller may not do this."""


class RoleMissing(ForbiddenHere):
    """A move takes a role that the person has not got in the scope of the union."""

    def __init__(self, attempted: str, roles: tuple[str, ...]) -> None:
        self.roles = roles
        super().__init__(
            f"Could not {attempted}: it takes one of the roles {', '.join(roles)}"
            " in the scope of the station's union.",
            remedy="Ask somebody who has the role, or the city's admin to grant it.",
        )


class SamePerson(ForbiddenHere):
    """A move takes another person than made the step before."""

    def __init__(self, attempted: str, was: str) -> None:
        self.was = was
        super().__init__(
            f"Could not {attempted}: you are the {was}, and it takes another person.",
            remedy="Pass it to a colleague, or upward if there is none.",
        )


class UnreadableFile(HarborError):
    """A file cannot be read at all: wrong kind, wrong encoding, cut short."""


class MissingSystemPart(HarborError):
    """A program or a right that Harbor needs is missing on this machine."""
