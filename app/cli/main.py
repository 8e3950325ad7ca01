"""The ``harbor`` command: its groups, its errors, its exit codes (0, 1 failed, 2 wrong usage)."""

import errno
import os
import sys

import click

from app.settings import PROJECT


def _prepare_environment() -> None:
    """Let compiled kernels be kept; numba reads this once, when it is first imported."""
    var = os.environ.get("HARBOR_VAR") or str(PROJECT / "var")
    os.environ.setdefault("NUMBA_CACHE_DIR", os.path.join(var, "numba"))


_prepare_environment()

from app.cli import (  # noqa: E402
    calendar,
    coverage,
    database,
    demo,
    imports,
    keepers,
    keys,
    nearest,
    network,
    plan,
    plan_curve,
    plan_sites,
    reorganise,
    serve,
    standards,
    stations,
    unions,
    users,
    work,
)
from app.cli.output import explain  # noqa: E402
from app.service.errors import GeoError, HarborError, InvalidInput, InvalidValue  # noqa: E402


class HarborGroup(click.Group):
    """Turn every error a user can do something about into a message and an exit code."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (HarborError, GeoError) as error:
            explain(error)
            ctx.exit(2 if isinstance(error, InvalidInput | InvalidValue) else 1)
        except OSError as error:
            if error.errno == errno.EPIPE:  # whoever read our output has gone
                raise
            explain(_unforeseen(ctx.invoked_subcommand, error))
            ctx.exit(1)


def _unforeseen(command: str | None, error: OSError) -> HarborError:
    names = [str(name) for name in (error.filename, error.filename2) if name]
    place = f": {', '.join(names)}" if names else ""
    return HarborError(
        f"Could not finish `harbor {command or ''}`: {error.strerror or error}{place}",
        remedy="Check that it exists, that this account may use it, and that there is room.",
    )


@click.group(cls=HarborGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="harbor", message="harbor %(version)s")
def main() -> None:
    """Harbor 渝工港湾: the register and finder of rest stations."""
    if sys.stdout.encoding.lower() not in ("utf-8", "utf8"):  # a C locale on a bare server
        sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]


for command in (
    database.db,
    network.network,
    demo.demo,
    imports.districts,
    imports.scopes,
    imports.population,
    imports.demand,
    stations.stations,
    calendar.calendar,
    nearest.nearest,
    coverage.coverage,
    coverage.map_,
    plan.plan,
    reorganise.reorganise,
    serve.serve,
    standards.standards,
    unions.unions,
    work.work,
    users.users,
    keepers.keepers,
    keys.key,
):
    main.add_command(command)
for command in (plan_curve.curve, plan_sites.sites):
    plan.plan.add_command(command)
