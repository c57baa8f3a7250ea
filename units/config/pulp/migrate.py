"""Bring the database up to date, and see to it that `admin` and Pulp's folders exist. Runs once at each start, before
Pulp does.

The password travels by file: on the command line every user of the host could read it, and
`reset-admin-password --random` would print it into the journal. An `admin` who is there already is left alone.
"""

from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

PASSWORD = Path("/run/secrets/admin-password")


def ensure_admin() -> None:
    from django.contrib.auth import get_user_model

    admin, created = get_user_model().objects.get_or_create(
        username="admin", defaults={"is_superuser": True, "is_staff": True}
    )
    if created or not admin.has_usable_password():
        admin.set_password(PASSWORD.read_text(encoding="utf-8").strip())
        admin.save()
        print("the user `admin` was given its first password")


if __name__ == "__main__":
    django.setup()
    # The content server changes into the folder for work when it starts, whether or not a worker was there before.
    # Without that for files, empty where they are stored elsewhere, each look at the status would log an error.
    for folder in filter(None, (settings.WORKING_DIRECTORY, settings.MEDIA_ROOT)):
        Path(folder).mkdir(parents=True, exist_ok=True)
    call_command("migrate", interactive=False)
    ensure_admin()
