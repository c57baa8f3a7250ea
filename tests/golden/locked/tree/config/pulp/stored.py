"""The part of Pulp's settings that the migration keeps in the database, and where that is.

The default domain gets them after every migration (pulpcore's `_ensure_default_domain`), and only then. So a change in
this file runs the migration again.
"""

from pathlib import Path


def _secret(name):
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": 'pulp-postgres',
        "PORT": '5432',
        "NAME": 'pulp',
        "USER": 'pulp',
        "PASSWORD": _secret("postgres-password"),
        "OPTIONS": {},
    }
}
MEDIA_ROOT = '/var/lib/pulp/media'
STORAGES = {
    "default": {
        "BACKEND": 'pulpcore.app.models.storage.FileSystem',
        "OPTIONS": {
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
