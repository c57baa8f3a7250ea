"""Settings of Pulp. Secrets are read from files that only this container sees."""

from pathlib import Path


def _secret(name):
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


SECRET_KEY = _secret("secret-key")
DB_ENCRYPTION_KEY = "/run/secrets/fields-key"
CONTENT_ORIGIN = 'https://pulp.example.org'
API_APP_TTL = 120
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": 'db.example.org',
        "PORT": '5433',
        "NAME": 'packages',
        "USER": 'pulp_rw',
        "PASSWORD": _secret("postgres-password"),
        "OPTIONS": {'sslmode': 'verify-full', 'sslrootcert': '/etc/pki/pulp-quadlet/ca-bundle.pem'},
    }
}
CACHE_ENABLED = True
REDIS_HOST = 'pulp-cache'
REDIS_PORT = 6379
MEDIA_ROOT = '/var/lib/pulp/media'
WORKING_DIRECTORY = "/var/lib/pulp/tmp"
FILE_UPLOAD_TEMP_DIR = "/var/lib/pulp/tmp"
STATIC_ROOT = "/var/lib/operator/static"
STORAGES = {
    "default": {
        "BACKEND": 'pulpcore.app.models.storage.FileSystem',
        "OPTIONS": {
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CSRF_TRUSTED_ORIGINS = ['https://pulp.example.org']
PYPI_API_HOSTNAME = 'https://pulp.example.org'
