from pathlib import Path

SECRET_KEY = Path("/run/secrets/hand-secret-key").read_text()
DB_ENCRYPTION_KEY = "/run/secrets/hand-fields-key"
CONTENT_ORIGIN = "http://localhost:8090"
PYPI_API_HOSTNAME = "http://localhost:8090"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": "hand-db",
        "NAME": "pulp",
        "USER": "pulp",
        "PASSWORD": Path("/run/secrets/hand-db-password").read_text(),
    }
}
CACHE_ENABLED = True
REDIS_HOST = "hand-cache"
REDIS_PORT = 6379
STATIC_ROOT = "/var/lib/operator/static"
