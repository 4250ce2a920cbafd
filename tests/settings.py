from importlib.util import find_spec

from tests import databases

DATABASES = databases.settings()
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SECRET_KEY = "only for tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "tests.urls"
STATIC_URL = "static/"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    *(["django.contrib.postgres"] if databases.DATABASE == "postgresql" else []),
    # Not every session that reads these settings installs them.
    *(["rest_framework.authtoken"] if find_spec("rest_framework") else []),
    *(["django_tasks_db"] if find_spec("django_tasks_db") else []),
    "auditable",
    "tests.columns",
    "tests.ledger",
    "tests.history",
    "tests.shop",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

TASKS = {
    "default": {"BACKEND": "tests.contrib.backends.Immediate"},
    "carrying": {"BACKEND": "tests.contrib.backends.Carrying"},
    "dummy": {"BACKEND": "tests.contrib.backends.Dummy", "QUEUES": []},
}
if find_spec("django_tasks_db"):
    TASKS["stored"] = {"BACKEND": "tests.contrib.backends.Stored", "QUEUES": []}
    TASKS["stored-carrying"] = {"BACKEND": "tests.contrib.backends.StoredCarrying"}
