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
        "HOST": 'db.example.org',
        "PORT": '5433',
        "NAME": 'pulp',
        "USER": 'pulp',
        "PASSWORD": _secret("postgres-password"),
        "OPTIONS": {'sslmode': 'prefer'},
    }
}
MEDIA_ROOT = ''
STORAGES = {
    "default": {
        "BACKEND": 'storages.backends.s3.S3Storage',
        "OPTIONS": {
            'bucket_name': 'artifacts',
            'signature_version': 's3v4',
            'addressing_style': 'path',
            'endpoint_url': 'https://s3.example.org:9443',
            'access_key': _secret('storage-access-key'),
            'secret_key': _secret('storage-secret-key'),
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
