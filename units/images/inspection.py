"""Tell what is in this image of Pulp, as one line of JSON: `inspection.py`, or `inspection.py --collect` in a build.

It is the last step of a build, and is run in images from elsewhere before they are used. What is found is judged on the
host. It has no network, no settings and no secrets: what Pulp wants of these at its start is made up.
"""

import gc
import json
import os
import pwd
import re
import shutil
import sys
import traceback
from importlib import import_module
from importlib.metadata import distributions, entry_points
from pathlib import Path
from typing import NoReturn

SAID = "pulp-quadlet inspection: "
PROGRAMS = ("pulpcore-api", "pulpcore-content", "pulpcore-manager", "pulpcore-worker")
USER = 700
STATIC = "/var/lib/operator/static"
MADE_UP = {
    "DJANGO_SETTINGS_MODULE": "pulpcore.app.settings",
    "PULP_SETTINGS": "",
    "PULP_SECRET_KEY": "unused",
    "PULP_STATIC_ROOT": STATIC,
    "PULP_TOKEN_AUTH_DISABLED": "true",
}


def main(*options: str) -> int:
    os.environ.update(MADE_UP)
    # the one command beside `openapi` for which Pulp wants no key to its database
    sys.argv = ["pulpcore-manager", "collectstatic"]
    points = sorted(entry_points(group="pulpcore.plugin"), key=lambda point: point.name)
    modules = {package(point.value): point.dist.name if point.dist else "" for point in points}
    broken = loaded(modules)
    if not broken and "--collect" in options:
        collect()
    print(SAID + json.dumps({**found(modules), "broken": broken, "errors": [] if broken else errors()}), flush=True)
    return 1 if broken else 0


def found(modules: dict[str, str]) -> dict[str, object]:
    static = Path(STATIC)
    return {
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "packages": {normalized(each.name): each.version for each in distributions()},
        "plugins": sorted({normalized(name) for name in modules.values()}),
        "programs": [name for name in PROGRAMS if shutil.which(name)],
        "user": user(),
        "static": static.is_dir() and any(static.iterdir()),
        "rpmrc": Path("/usr/lib/rpm/rpmrc").is_file(),
        "routes": route_problem(),
    }


def package(value: str) -> str:
    """The package in an entry point such as `pulp_rpm:default_app_config`."""
    return value.partition(":")[0].partition(".")[0]


def user() -> str:
    """The name of the user that Pulp runs as; empty where the image knows none."""
    try:
        return pwd.getpwuid(USER).pw_name
    except KeyError:
        return ""


def route_problem() -> str:
    """Why the web server's routes to plugins cannot be made of this image; empty where they can."""
    try:
        list(import_module("routes").routes())
    except SystemExit as error:
        return str(error.code)
    except (OSError, ValueError) as error:
        return f"a web server snippet cannot be read: {error}"
    return ""


def loaded(modules: dict[str, str]) -> list[dict[str, str]]:
    """Load Pulp with all its plugins, as each of its processes does; what fails, and in which of them."""
    for module, name in modules.items():
        try:
            import_module(module)
        except BaseException as error:  # noqa: BLE001  # whatever a plugin raises is the answer
            return [{"package": name, "error": told(error)}]
    try:
        import_module("django").setup()
    except BaseException as error:  # noqa: BLE001  # the same
        return [{"package": blamed(error, modules), "error": told(error)}]
    return []


def blamed(error: BaseException, modules: dict[str, str]) -> str:
    """The plugin whose code comes last in the traceback."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        for part in reversed(Path(frame.filename).parts):
            if part in modules:
                return modules[part]
    return ""


def told(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())[:500]


def errors() -> list[str]:
    """What Pulp's own checks find; those of the database have none to look at."""
    registry = import_module("django.core.checks.registry").registry
    level = import_module("django.core.checks").ERROR
    own = (
        check for check in registry.get_checks(include_deployment_checks=True) if check.__module__.startswith("pulp")
    )
    checks = (check for check in own if "database" not in getattr(check, "tags", ()))
    messages = [message for check in checks for message in check(app_configs=None) or ()]
    return [" ".join(f"{each.id}: {each.msg}".split())[:500] for each in messages if each.level >= level]


def collect() -> None:
    """Static files of the web pages are collected once, as links."""
    call = import_module("django.core.management").call_command
    call("collectstatic", interactive=False, link=True, verbosity=0)


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def end(status: int) -> NoReturn:
    """At once: Python would first take down all of Pulp, which takes a third as long as loading it did."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    gc.disable()  # all that is loaded stays to the end
    end(main(*sys.argv[1:]))
