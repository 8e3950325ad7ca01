"""People of a town who plan: accounts with their roles, and a worker."""

import asyncio

from app.domain.actor import Actor
from app.jobs import wiring
from tests.service.towns import Town


def person(town: Town, name: str, *roles: str) -> Actor:
    """Give the town a person with city-wide roles."""
    ((user,),) = town.run(
        "INSERT INTO user_account (name, full_name) VALUES (%s, %s) RETURNING id", name, f"人{name}"
    )
    for role in roles:
        town.run("INSERT INTO user_grant (user_id, role) VALUES (%s, %s)", user, role)
    return Actor(int(str(user)), admin="city_admin" in roles)


def work(town: Town) -> None:
    """Do what waits in the queue."""
    asyncio.run(wiring.work(wiring.wire(town.runtime), alive=lambda: True, wait=False))
