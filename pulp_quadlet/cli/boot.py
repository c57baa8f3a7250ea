"""`boot`, which pulp-quadlet-apply.service runs where pulp-quadlet-generator found something to do."""

from __future__ import annotations

from collections.abc import Callable

import click

from pulp_quadlet.cli.bus import options, play, the_agent
from pulp_quadlet.cli.changes import changed, told
from pulp_quadlet.cli.options import host_option
from pulp_quadlet.cli.output import note, tell_error
from pulp_quadlet.errors import ExitCode, PulpQuadletError
from pulp_quadlet.printable import visible


@click.command()
@host_option
@click.option(
    "--previous",
    is_flag=True,
    envvar="PULP_QUADLET_PREVIOUS",
    help="Go back to the generation before the current one, instead of applying site files.",
)
def boot(host: str | None, previous: bool) -> int:
    """Apply the site files that were changed since they were applied. systemd runs this at boot."""
    from pulp_quadlet.host.generations import Generations
    from pulp_quadlet.host.seen import Seen

    do, what = (_go_back, Generations().sites()) if previous else (_apply, Seen().due())
    if not what:
        note("Nothing to do: no site file was changed since it was applied." if not previous else "There is no site.")
    return max((tried(do, each, host) for each in what), default=ExitCode.DONE)


def tried(do: Callable[[str, str | None], int], what: str, host: str | None) -> int:
    """One of several sites. What goes wrong with it must not keep the others."""
    try:
        return do(what, host)
    except PulpQuadletError as error:
        tell_error(error, as_data=False)
        first = error.problems[0]
        if first.where:  # `systemctl status` shows the last ten lines, which may be less than all problems
            note(visible(f"{first.where.path}:{first.where.line}:{first.where.column}: {first.message}"))
        return error.exit_code


def _apply(file: str, host: str | None) -> int:
    from pulp_quadlet.host.booted import origin_of, settle
    from pulp_quadlet.host.generations import Generations

    generations = Generations()
    site, origin = origin_of(file, generations)
    given = options(host or (origin.target.host if origin.target else None))
    note(f"{file} was changed since it was applied." if site else f"{file} was never applied.")
    play(_asked_first(file, given))
    if site and not play(settle(site, generations)):
        note(f"{site} does not become healthy. The site file is applied all the same: it may mend that.")
    return told(play(changed("Apply", "sa{sv}", file, given, as_json=False)), as_json=False)


async def _asked_first(file: str, given: dict[str, str]) -> None:
    """A wrong site file is told at once, not when what was applied is up."""
    async with the_agent() as agent:
        await agent.ask("Check", file, given)


def _go_back(site: str, host: str | None) -> int:
    from pulp_quadlet.host.generations import Generations

    generations = Generations()
    current = generations.current(site)
    if not current:
        return ExitCode.DONE
    copy_of = generations.origin(site).copy_of
    if copy_of:
        note(f"{site}: generation {current} is generation {copy_of} again; `pulp-quadlet rollback` goes further.")
        return ExitCode.DONE
    note(f"{site}: the kernel command line asks for the generation before {current}.")
    file = generations.site_file(site)
    return told(play(changed("Rollback", "sua{sv}", file, 0, options(host), as_json=False)), as_json=False)


COMMANDS = (boot,)
