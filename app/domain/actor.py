"""Who acts: a person and the request they act in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """A person as the application knows them; their rights are looked up in the database.

    Attributes:
        user_id: the id of their account.
        admin: whether they act with the database role of admins.
        request_id: the request, named in versions and in the audit.
    """

    user_id: int
    admin: bool = False
    request_id: str = ""
