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
        "HOST": 'pulp-postgres',
        "PORT": '5432',
        "NAME": 'pulp',
        "USER": 'pulp',
        "PASSWORD": _secret("postgres-password"),
        "OPTIONS": {},
    }
}
CACHE_ENABLED = True
REDIS_HOST = 'pulp-cache'
REDIS_PORT = 6379
MEDIA_ROOT = ''
WORKING_DIRECTORY = "/var/lib/pulp/tmp"
FILE_UPLOAD_TEMP_DIR = "/var/lib/pulp/tmp"
STATIC_ROOT = "/var/lib/operator/static"
STORAGES = {
    "default": {
        "BACKEND": 'storages.backends.s3.S3Storage',
        "OPTIONS": {
            'bucket_name': 'artifacts',
            'signature_version': 's3v4',
            'addressing_style': 'path',
            'region_name': 'eu-central-1',
            'endpoint_url': 'https://s3.example.org:9000',
            'access_key': _secret('storage-access-key'),
            'secret_key': _secret('storage-secret-key'),
        },
    },
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CSRF_TRUSTED_ORIGINS = ['https://pulp.example.org']
PYPI_API_HOSTNAME = 'https://pulp.example.org'
