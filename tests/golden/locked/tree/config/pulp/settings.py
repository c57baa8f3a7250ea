"""Settings of Pulp. Secrets are read from files that only this container sees."""

from pathlib import Path
from runpy import run_path


def _secret(name):
    return Path("/run/secrets", name).read_text(encoding="utf-8").strip()


globals().update({k: v for k, v in run_path(str(Path(__file__).with_name("stored.py"))).items() if k.isupper()})

SECRET_KEY = _secret("secret-key")
DB_ENCRYPTION_KEY = "/run/secrets/fields-key"
CONTENT_ORIGIN = 'https://pulp.example.org'
API_APP_TTL = 120
CACHE_ENABLED = True
REDIS_HOST = 'pulp-cache'
REDIS_PORT = 6379
WORKING_DIRECTORY = "/var/lib/pulp/tmp"
FILE_UPLOAD_TEMP_DIR = "/var/lib/pulp/tmp"
STATIC_ROOT = "/var/lib/operator/static"
CSRF_TRUSTED_ORIGINS = ['https://pulp.example.org']
