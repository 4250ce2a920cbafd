"""Django's settings for one contender on one database."""

from typing import Any

from tests.benchmarks.contenders import SPECS, app_of
from tests.benchmarks.measure import WatchedConnection


def settings_for(contender: str, database: dict[str, Any]) -> dict[str, Any]:
    spec = SPECS[contender]
    if database["ENGINE"].endswith("sqlite3"):
        options = {**database["OPTIONS"], **spec.sqlite_options, "factory": WatchedConnection}
        database = {**database, "OPTIONS": options}
    return {
        "DATABASES": {"default": database},
        "INSTALLED_APPS": [
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sessions",
            *spec.apps,
            f"{app_of(contender)}.apps.ShopConfig",
        ],
        "MIDDLEWARE": [
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            *spec.middleware,
        ],
        "ALLOWED_HOSTS": ["*"],
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
        "ROOT_URLCONF": "tests.benchmarks.urls",
        "SECRET_KEY": "only for benchmarks",
        "USE_TZ": True,
        **spec.settings,
    }
