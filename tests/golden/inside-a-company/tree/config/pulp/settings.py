"""Settings of Pulp. Secrets are read from files that only this container sees."""

from pathlib import Path


def _secret(name):
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


SECRET_KEY = _secret("secret-key")
DB_ENCRYPTION_KEY = "/run/secrets/fields-key"
CONTENT_ORIGIN = 'http://localhost:8080'
API_APP_TTL = 120
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
CACHE_ENABLED = True
REDIS_HOST = 'valkey.example.org'
REDIS_PORT = 6380
REDIS_PASSWORD = _secret("cache-password")
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
CSRF_TRUSTED_ORIGINS = ['http://localhost:8080']
TOKEN_SERVER = 'http://localhost:8080/token/'
TOKEN_SIGNATURE_ALGORITHM = 'ES256'
PRIVATE_KEY_PATH = '/run/secrets/token-private-key'
PUBLIC_KEY_PATH = '/run/secrets/token-public-key'
PYPI_API_HOSTNAME = 'http://localhost:8080'
