"""``harbor users``: who may log in, and as what."""

from datetime import datetime

import click

from app.cli.output import emit, runtime, table
from app.domain.roles import Role
from app.service import accounts

# a keeper is named where the station is
ROLE = click.Choice([role.value for role in Role if role is not Role.KEEPER])
UNION = click.option("--union", "union_code", metavar="CODE", help="The union it is for.")
EVERYWHERE = click.option("--everywhere", is_flag=True, help="For every union.")


@click.group()
def users() -> None:
    """Accounts, their roles, passwords and sessions."""


@users.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="The first role.")
@UNION
@EVERYWHERE
@click.option("--full-name", default="", metavar="NAME", help="What pages call the person.")
def add(name: str, role: str, union_code: str | None, everywhere: bool, full_name: str) -> None:
    """Add an account; its random password is printed once."""
    with runtime() as harbor, harbor.connection() as connection:
        password = accounts.add(
            connection,
            name,
            Role(role),
            union_code=union_code,
            everywhere=everywhere,
            full_name=full_name,
        )
    _hand_over(name.strip().lower(), password)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(as_json: bool) -> None:
    """List the accounts with their roles."""
    with runtime() as harbor, harbor.connection() as connection:
        found = accounts.every(connection)
    if as_json:
        emit(found)
        return
    if not found:
        click.echo("There is no account: staff pages answer on this machine alone.")
        return
    rows = [
        [
            one["name"],
            one["full_name"],
            ", ".join(
                f"{grant['role']}@{grant['union']}" if grant["union"] else grant["role"]
                for grant in one["grants"]
            ),
            "yes" if one["second_factor"] else "",
            one["database_role"] or "",
            "disabled" if one["disabled_at"] else "",
        ]
        for one in found
    ]
    table(["name", "full name", "roles", "2nd factor", "database role", ""], rows)


@users.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="Which.")
@UNION
@EVERYWHERE
def grant(name: str, role: str, union_code: str | None, everywhere: bool) -> None:
    """Give an account a role."""
    with runtime() as harbor, harbor.connection() as connection:
        added = accounts.grant(
            connection, name, Role(role), union_code=union_code, everywhere=everywhere
        )
    click.echo(f"{name} is {role} now." if added else f"{name} was {role} already.")


@users.command()
@click.argument("name")
@click.option("--role", type=ROLE, required=True, help="Which.")
@UNION
def revoke(name: str, role: str, union_code: str | None) -> None:
    """Take a role from an account: of one union, or all of it."""
    with runtime() as harbor, harbor.connection() as connection:
        ended = accounts.revoke(connection, name, Role(role), union_code=union_code)
    click.echo(f"{name} is not {role} any more." if ended else f"{name} was not {role}.")


@users.command()
@click.argument("name")
@click.option("--ask", is_flag=True, help="Ask for it on the terminal; else it is random.")
def password(name: str, ask: bool) -> None:
    """Give an account another password and end its sessions; a random one is printed once."""
    given = click.prompt("Password", hide_input=True, confirmation_prompt=True) if ask else None
    with runtime() as harbor, harbor.connection() as connection:
        made = accounts.set_password(connection, name, given)
    if given is None:
        _hand_over(name, made)
    else:
        click.echo(f"{name} has another password, to be changed at the next login.")


@users.command()
@click.argument("name")
def disable(name: str) -> None:
    """Shut an account out at once."""
    with runtime() as harbor, harbor.connection() as connection:
        ended = accounts.disable(connection, name)
    click.echo(f"{name} is shut out; {ended} sessions ended.")


@users.command()
@click.argument("name")
def enable(name: str) -> None:
    """Let a disabled account in again."""
    with runtime() as harbor, harbor.connection() as connection:
        accounts.enable(connection, name)
    click.echo(f"{name} may log in again.")


@users.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def sessions(name: str, as_json: bool) -> None:
    """List where an account is logged in."""
    with runtime() as harbor, harbor.connection() as connection:
        found = accounts.sessions(connection, name)
        zone = harbor.settings.zone
    rows = [
        {
            "session": one.handle,
            "device": one.device,
            "begun_at": one.begun_at.astimezone(zone).isoformat(timespec="seconds"),
            "seen_at": one.seen_at.astimezone(zone).isoformat(timespec="seconds"),
        }
        for one in found
    ]
    if as_json:
        emit(rows)
        return
    table(
        ["session", "device", "since", "last seen"],
        [
            [row["session"], row["device"], _minute(row["begun_at"]), _minute(row["seen_at"])]
            for row in rows
        ],
    )


@users.command("end-session")
@click.argument("name")
@click.argument("session")
def end_session(name: str, session: str) -> None:
    """End a session that `harbor users sessions` lists."""
    with runtime() as harbor, harbor.connection() as connection:
        accounts.end_session(connection, name, session)
    click.echo(f"The session {session} of {name} is over.")


@users.command()
@click.argument("name")
@click.option("--reset", is_flag=True, required=True, help="Take the second factor away.")
def factor(name: str, reset: bool) -> None:
    """Take the second factor from an account whose phone is lost."""
    with runtime() as harbor, harbor.connection() as connection:
        done = reset and accounts.reset_second_factor(connection, name)
    click.echo(f"{name} has no second factor any more." if done else f"{name} had none.")


@users.command("login-role")
@click.argument("name")
@click.option("--database-role", metavar="ROLE", help="A login of the database.")
@click.option("--none", "nothing", is_flag=True, help="End it.")
def login_role(name: str, database_role: str | None, nothing: bool) -> None:
    """Let a login of the database act with an account's rights in a database shell."""
    if (database_role is None) is not nothing:
        raise click.UsageError("Say either --database-role ROLE or --none.")
    with runtime() as harbor, harbor.connection() as connection:
        accounts.map_login(connection, name, database_role)
    click.echo(
        f"In a database shell, {database_role} is {name} now."
        if database_role
        else f"No login of the database is {name} any more."
    )


def _hand_over(name: str, password: str) -> None:
    click.echo(f"The password of {name}, shown this once and to be changed at the first login:")
    click.echo(password)


def _minute(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%Y-%m-%d %H:%M}"
