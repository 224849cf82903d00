"""Every setting of the application; the environment is read here and nowhere else."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONCE, NONE, SELF
from django.templatetags.static import static

from mesh.kernel.env import Environment, SettingError

BASE_DIR = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
env = Environment()

DEBUG = env.boolean("MESH_DEBUG", default=False)
QUICKSTART = env.boolean("MESH_QUICKSTART", default=False)
BASE_URL = env.text("MESH_BASE_URL", "http://127.0.0.1:8000").rstrip("/")
REGISTRY_URL = env.text("MESH_REGISTRY_URL", "http://127.0.0.1:8081").rstrip("/")
KAFKA_BOOTSTRAP = env.text("KAFKA_BOOTSTRAP", "")
LOOPBACK = ("127.0.0.1", "localhost", "::1")
_host = urlsplit(BASE_URL).hostname or "127.0.0.1"
_registry_host = urlsplit(REGISTRY_URL).hostname or "127.0.0.1"

_DEVELOPMENT_KEY = "development-only-key-that-no-production-start-accepts-0123456789"
SECRET_KEY = env.secret("SECRET_KEY", _DEVELOPMENT_KEY)
FIELD_KEYS = env.words("MESH_FIELD_KEYS", "")
if not DEBUG and (SECRET_KEY == _DEVELOPMENT_KEY or len(SECRET_KEY) < 50):
    raise SettingError(
        "SECRET_KEY: set a random text of at least 50 characters (or MESH_DEBUG=true)"
    )
ALLOWED_HOSTS = [*env.words("MESH_HOSTS", ""), _host, *(LOOPBACK if _host in LOOPBACK else ())]

INSTALLED_APPS = [
    "mesh.kernel.apps.KernelConfig",
    "mesh.audit.apps.AuditConfig",
    "mesh.people.apps.PeopleConfig",
    "streams.apps.StreamsConfig",
    "schemas.apps.SchemasConfig",
    "lineage.apps.LineageConfig",
    "catalog.apps.CatalogConfig",
    "governance.apps.GovernanceConfig",
    "unfold.apps.BasicAppConfig",
    "governance.desk.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_cotton.apps.SimpleAppConfig",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
]

MIDDLEWARE = [
    "mesh.kernel.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "mesh.people.middleware.PrincipalMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "csp.middleware.CSPMiddleware",
    "mesh.kernel.requests.AdminPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "mesh.kernel.requests.ProblemMiddleware",
]

ROOT_URLCONF = "mesh.urls"
WSGI_APPLICATION = "mesh.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "django_cotton.cotton_loader.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": [
                "django_cotton.templatetags.cotton",
                "mesh.kernel.templatetags.fields",
                "mesh.kernel.templatetags.frame",
                "mesh.kernel.templatetags.shapes",
                "mesh.kernel.templatetags.values",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "mesh.people.context.frame",
            ],
        },
    }
]
COTTON_DIR = "parts"


def _database(url: str) -> dict[str, object]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL: give a postgres://user:password@host:port/name address")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or 5432),
    }


# Time-outs by role: a request gives up long before its client does; a worker may take its time.
PROCESS_ROLE = env.choice(
    "MESH_ROLE", "web", ("web", "registry", "worker", "beat", "migrate", "test")
)
_STATEMENT_TIMEOUT = {"web": "5s", "registry": "5s", "migrate": "0", "test": "20s"}.get(
    PROCESS_ROLE, "60s"
)
_LOCK_TIMEOUT = "2s" if PROCESS_ROLE in ("web", "registry") else "5s"
DATABASE_POOL_SIZE = env.integer("MESH_DATABASE_POOL", 8, low=1, high=64)
DATABASES = {
    "default": _database(
        env.text("DATABASE_URL", "postgres://tributary:tributary@127.0.0.1:15432/tributary")
    )
}
_OPTIONS: dict[str, object] = {
    "connect_timeout": 2,
    "options": f"-c statement_timeout={_STATEMENT_TIMEOUT} -c lock_timeout={_LOCK_TIMEOUT}"
    " -c idle_in_transaction_session_timeout=60s -c jit=off"
    + (" -c plan_cache_mode=force_generic_plan" if PROCESS_ROLE == "registry" else ""),
}
# A web thread borrows a connection per request. A registry thread has one of its own for good, on
# which its statements are planned once: planning costs more than running them.
if PROCESS_ROLE == "web":
    _OPTIONS["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 2,
        "max_lifetime": 1800,
    }
if PROCESS_ROLE == "registry":
    _OPTIONS["prepare_threshold"] = 0
DATABASES["default"]["OPTIONS"] = _OPTIONS
DATABASES["default"]["CONN_MAX_AGE"] = {"web": 0, "registry": 1800}.get(PROCESS_ROLE, 600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = PROCESS_ROLE != "registry"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["mesh.people.backend.PeopleBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/"
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique whatever the letter case, by constraint
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_NAME = "__Host-tributary" if SESSION_COOKIE_SECURE else "tributary"
CSRF_TRUSTED_ORIGINS = [BASE_URL]
CSRF_FAILURE_VIEW = "mesh.people.signing_in.stale_token"
SUDO_SECONDS = 600  # a password typed this recently opens the doors that ask for it again

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.text("MESH_STATIC_ROOT", str(BASE_DIR / "static-collected")))
STATIC_COLLECTED = env.boolean("MESH_STATIC_COLLECTED", default=False)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"
        if STATIC_COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 31_536_000 if STATIC_COLLECTED else 0

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = False
SECURE_HSTS_SECONDS = 31_536_000 if SESSION_COOKIE_SECURE else 0
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    },
}

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["mesh.people.rest_doors.MeshJSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "mesh.people.rest_doors.StrictJSONParser",
        "mesh.people.rest_doors.MergePatchParser",
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "mesh.people.rest_doors.KeyAuthentication",
        "mesh.people.rest_doors.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["mesh.people.rest_doors.AsksPermission"],
    "EXCEPTION_HANDLER": "mesh.kernel.problems.problem_handler",
    "DEFAULT_SCHEMA_CLASS": "mesh.people.openapi.MeshSchema",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Tributary",
    "VERSION": VERSION,
    "DESCRIPTION": "Catalogue and governance plane of a streaming data mesh.",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "mesh.people.openapi.with_problem",
    ],
    "ENUM_NAME_OVERRIDES": {
        "ClusterKind": "streams.api.KINDS",
        "PortDirection": "catalog.models.Port.Direction",
        "ProductKind": "catalog.members.KINDS",
        "ProductTier": "catalog.members.TIERS",
        "ProductVisibility": "catalog.members.VISIBILITIES",
    },
}
UNFOLD = {
    "SITE_TITLE": "Tributary",
    "SITE_HEADER": "Tributary",
    "SITE_SUBHEADER": "Admin console",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("icons/logo.svg")}
    ],
    "SITE_DROPDOWN": [{"title": "Back to Tributary", "link": "/"}],
    "COLORS": {  # the accent of static/css/tokens.css in steps
        "primary": {
            "50": "240, 249, 252",
            "100": "223, 240, 247",
            "200": "190, 225, 238",
            "300": "143, 205, 226",
            "400": "95, 194, 232",
            "500": "32, 139, 176",
            "600": "10, 103, 136",
            "700": "8, 84, 112",
            "800": "9, 68, 90",
            "900": "17, 48, 63",
            "950": "5, 33, 45",
        }
    },
}

REDIS_URL = env.secret("REDIS_URL", "redis://127.0.0.1:16379/0")
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name} for name in ("streams", "schemas", "default")
}
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_MAX_MEMORY_PER_CHILD = 400_000
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# Without socket time-outs a silently cut link leaves a worker deaf for ever.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "priority_steps": [0, 6],  # mesh.kernel.tasks: urgent and ordinary
    "unacked_restore_interval": 5,
    "socket_timeout": 15,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
    "global_keyprefix": "tributary:",
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1}
CELERY_TIMEZONE = "UTC"

ANONYMOUS_READ = env.boolean("MESH_ANONYMOUS_READ", default=False)
ANONYMOUS_REGISTRY_READ = env.boolean("MESH_ANONYMOUS_REGISTRY_READ", default=QUICKSTART)
OPEN_REGISTRATION = env.boolean("MESH_OPEN_REGISTRATION", default=QUICKSTART)
REGISTRY_INCOMPATIBLE_CODE = env.integer("MESH_REGISTRY_INCOMPATIBLE_CODE", 40901)
EGRESS_ALLOW = env.words("MESH_EGRESS_ALLOW", "")
SWEEP_INTERVAL_S = env.integer("MESH_SWEEP_INTERVAL_S", 60, low=5, high=900)

LOG_LEVEL = env.choice("MESH_LOG_LEVEL", "info", ("debug", "info", "warning", "error"))
LOGGING_CONFIG = None  # mesh.kernel.logs configures structlog and the standard library at start

env.refuse_unknown(
    "MESH_",
    also=(
        "MESH_DATA", "MESH_MAVEN_URL", "MESH_CHROMIUM", "MESH_OWNER_DATABASE_URL", "MESH_HOME",
        "MESH_RECORD_QUERY_COUNTS", "MESH_WEB_WORKERS", "MESH_WEB_THREADS", "MESH_TEST_URL",
    ),
)  # fmt: skip
