"""Settings. Everything that differs between deployments comes from the environment; docs/betrieb.md lists it."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

env = environ.Env()
ROOT = Path(__file__).resolve().parent.parent

SECRET_KEY = env("SECRET_KEY")
DEBUG = env.bool("DEBUG", default=False)

# --- Addresses -------------------------------------------------------------------------------------------
# A town answers at <short name>.<base host> and at the hosts of its own; TownMiddleware refuses all others.

BASE_URL = env("BASE_URL")  # such as https://stadttor.example
_base = urlsplit(BASE_URL)
BASE_HOST = _base.hostname or ""
BASE_PORT = f":{_base.port}" if _base.port else ""
BASE_SCHEME = _base.scheme
OPERATOR_HOST = env("OPERATOR_HOST", default=f"betrieb.{BASE_HOST}")
OPERATOR_URL = f"{BASE_SCHEME}://{OPERATOR_HOST}{BASE_PORT}"
# A host of a town's own is taken once DNS says that it leads to us (tenants.host_check). Of localhost no DNS can tell.
DNS_CHECK = env.bool("DNS_CHECK", default=f".{BASE_HOST}".rpartition(".")[2] != "localhost")
DNS_SERVERS = env.list("DNS_SERVERS", default=[])  # 10.0.0.53 or 10.0.0.53:5353; else those of the system
ALLOWED_HOSTS = ["*"]
USE_X_FORWARDED_PORT = False

# --- Rooms -----------------------------------------------------------------------------------------------

_EVERYWHERE = [  # tables in `public` (operator staff) and in every town
    "accounts",
    "django.contrib.sessions",
    "django_otp",
    "django_otp.plugins.otp_totp",
]
SHARED_APPS = [
    "tenants",  # before django_tenants: its commands to migrate work as the owner
    "django_tenants",
    "catalogue",
    "billing.webhooks",
    "operations",
    "procrastinate.contrib.django",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    *_EVERYWHERE,
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "rest_framework",
]
TENANT_APPS = [
    *_EVERYWHERE,
    "accounts.tokens",
    "tenants.vault",
    "townhall",
    "submissions",
    "submissions.appointments",
    "submissions.found",
    "submissions.handover",
    "billing",
    "billing.bank",
]
INSTALLED_APPS = [*SHARED_APPS, *(app for app in TENANT_APPS if app not in SHARED_APPS)]

MIDDLEWARE = [
    "config.probes.ProbeMiddleware",  # first: machines ask at any host, and without TLS
    "config.requests.RequestLogMiddleware",
    # Before the town is known: static files belong to all hosts, and to those where no town answers.
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.TownMiddleware",
    "townhall.shopfront.ShopfrontMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "accounts.guests.GuestsOnlyRead",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "config.urls_town"
OPERATOR_URLCONF = "config.urls_operator"
WSGI_APPLICATION = "config.wsgi.application"
CSRF_FAILURE_VIEW = "townhall.error_pages.form_too_old"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": ["templates.components", "django.templatetags.i18n", "django.templatetags.static"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "townhall.context.town",
                "config.desk.desk",
            ],
        },
    }
]
FORM_RENDERER = "templates.fields.Renderer"

# --- Database --------------------------------------------------------------------------------------------

# Whether DATABASE_URL leads to PgBouncer or another pooler that gives each transaction some connection. Then role and
# search path are part of every transaction.
TRANSACTION_POOLING = env.bool("DATABASE_TRANSACTION_POOLING", default=False)
_pool: dict[str, Any] = {
    "min_size": 1,
    "max_size": env.int("DATABASE_POOL_SIZE", default=10),  # connections of one process
    # Seconds. A connection that has seen all tables of hundreds of towns holds hundreds of megabytes.
    "max_lifetime": env.int("DATABASE_MAX_LIFETIME", default=15 * 60),
    "timeout": 10,
}
_database = conninfo_to_dict(env("DATABASE_URL"))
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "tenants.backend",
        "NAME": _database.pop("dbname", ""),
        "USER": _database.pop("user", ""),
        "PASSWORD": _database.pop("password", ""),
        "HOST": _database.pop("host", ""),
        "PORT": _database.pop("port", ""),
        "OPTIONS": _database | {"pool": _pool},
        "DISABLE_SERVER_SIDE_CURSORS": TRANSACTION_POOLING,
        "TEST": {"NAME": "test_stadttor"},
    }
}
PG_BIN = env("PG_BIN", default="")  # folder of pg_dump; otherwise it is looked for on PATH
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
TENANT_MODEL = "tenants.Town"
TENANT_DOMAIN_MODEL = "tenants.Host"
# What a town's role may read in `public` (tenants.wall). Everything else there, and all of other towns, it may not.
TOWNS_MAY_READ = [
    "tenants.Town",
    "tenants.Host",
    "tenants.PagesVersion",
    "catalogue.Release",
    "catalogue.ReleaseEntry",
    "catalogue.FormVersion",
    "catalogue.PermanentAddress",
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "KEY_FUNCTION": "django_tenants.cache.make_key",
        "REVERSE_KEY_FUNCTION": "django_tenants.cache.reverse_key",
        "OPTIONS": {"MAX_ENTRIES": 5000},
    }
}

# --- People ----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.staff.StaffBackend",
    "accounts.openid.CitizenBackend",
    "accounts.staff_openid.TownAccountBackend",
    "accounts.guests.GuestBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "given_name", "family_name")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
OTP_TOTP_ISSUER = "Stadttor"

# Citizens: OpenID Connect. Endpoints are read from the issuer's discovery document.
OIDC_ISSUER = env("OIDC_ISSUER", default="")
OIDC_RP_CLIENT_ID = env("OIDC_RP_CLIENT_ID", default="")
OIDC_RP_CLIENT_SECRET = env("OIDC_RP_CLIENT_SECRET", default="")
OIDC_RP_SCOPES = env("OIDC_RP_SCOPES", default="openid profile email address")
OIDC_RP_SIGN_ALGO = env("OIDC_RP_SIGN_ALGO", default="RS256")
OIDC_USE_PKCE = True
OIDC_TIMEOUT = 5
OIDC_ACCOUNT_NAME = env("OIDC_ACCOUNT_NAME", default="BundID")  # what citizens call their account
# What the provider writes into `acr`, lowest first: basic, substantial, high.
OIDC_ACR_VALUES = env.list("OIDC_ACR_VALUES", default=["STORK-QAA-Level-1", "STORK-QAA-Level-3", "STORK-QAA-Level-4"])
# How the provider's answer reaches the town: `central` (one redirect address on the operator's host, for
# providers where each address is registered by hand) or `per-town` (one each, registered by RFC 7592).
OIDC_CALLBACK = env("OIDC_CALLBACK", default="central")
OIDC_REGISTRATION_URL = env("OIDC_REGISTRATION_URL", default="")
OIDC_REGISTRATION_TOKEN = env("OIDC_REGISTRATION_TOKEN", default="")

_secure = BASE_SCHEME == "https"
SESSION_COOKIE_NAME = "__Host-session" if _secure else "session"
SESSION_COOKIE_SECURE = _secure
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = env.int("SESSION_SECONDS", default=2 * 60 * 60)  # without a click
FIGURES_SECONDS = env.float("FIGURES_SECONDS", default=60.0)  # how often each process writes what it has counted
LAST_ACCOUNT_COOKIE = "__Host-konto" if _secure else "konto"  # accounts.returning
CSRF_COOKIE_NAME = "__Host-csrf" if _secure else "csrf"
CSRF_COOKIE_SECURE = _secure
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Security --------------------------------------------------------------------------------------------

if _secure:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
# Where TLS ends: there we look at the certificates of all hosts (operations.certificates). Without TLS nowhere.
PROXY_ADDRESS = env("PROXY_ADDRESS", default=f"{BASE_HOST}{BASE_PORT or ':443'}") if _secure else ""
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


# Where people pay, and where a town connects its account.
STRIPE_PAGES = env.list("STRIPE_PAGES", default=["https://checkout.stripe.com", "https://connect.stripe.com"])
# Payment services that speak XBezahldienste, which towns with a contract there may choose: a JSON list of objects with
# key, name, base (address with a slash at its end), token (address), pages (where people pay; else as base), is_trial.
XBEZAHLDIENSTE = env.json("XBEZAHLDIENSTE", default=[])
_services = {_origin(one.get("pages", one["base"])) for one in XBEZAHLDIENSTE}
_leaves_to = [*STRIPE_PAGES, *sorted(_services), *([_origin(OIDC_ISSUER)] if OIDC_ISSUER else [])]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the design system draws its icons with data: addresses
        "font-src": [SELF],
        "connect-src": [SELF],
        # A form that ends at the payment or identity provider is redirected there; browsers check that too.
        "form-action": [SELF, *_leaves_to, BASE_URL, OPERATOR_URL],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

# --- Language and time -----------------------------------------------------------------------------------

LANGUAGE_CODE = "de"
LANGUAGES = [("de", "Deutsch")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Europe/Berlin"
USE_TZ = True

# --- Files -----------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATICFILES_DIRS = [ROOT / "static"]
# What people upload, encrypted with the key of their town. These keys encrypt the towns' keys: the first new ones, all
# of them old ones. 64 hexadecimal digits each, with commas between.
FILE_KEYS = env.list("FILE_KEYS")
MEDIA_ROOT = env.path("MEDIA_ROOT", default=str(ROOT / "media"))
EXPORTS_ROOT = env("EXPORTS_ROOT", default="")  # bundles of towns (operations.exports); otherwise below MEDIA_ROOT
_folder = {
    "BACKEND": "django.core.files.storage.FileSystemStorage",
    "OPTIONS": {"file_permissions_mode": 0o640, "directory_permissions_mode": 0o750},
}
_bucket = {
    "BACKEND": "storages.backends.s3.S3Storage",
    "OPTIONS": {
        "bucket_name": env("FILE_BUCKET", default=""),
        "endpoint_url": env("FILE_ENDPOINT_URL", default="") or None,
        "region_name": env("FILE_REGION", default="") or None,
        "access_key": env("FILE_ACCESS_KEY", default="") or None,
        "secret_key": env("FILE_SECRET_KEY", default="") or None,
        "addressing_style": env("FILE_ADDRESSING_STYLE", default="")
        or None,  # path, for servers without names for buckets
        "file_overwrite": False,
        "default_acl": None,
    },
}
# ClamAV looks at what people upload: tcp://host:3310 or unix:///run/clamav/clamd.ctl; without it nobody does.
CLAMAV_URL = env("CLAMAV_URL", default="")
STATIC_ROOT = env("STATIC_ROOT", default="")
_hashed = "whitenoise.storage.CompressedManifestStaticFilesStorage"
_plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
STORAGES = {
    "default": {"BACKEND": "tenants.vault.storage.TownStorage"},
    "files": _bucket if env("FILE_BUCKET", default="") else _folder,
    "staticfiles": {"BACKEND": _hashed if STATIC_ROOT else _plain},
}
WHITENOISE_USE_FINDERS = not STATIC_ROOT
WHITENOISE_MANIFEST_STRICT = True

# --- Mail, payments, jobs --------------------------------------------------------------------------------

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
MAIL_TRANSPORT = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_BACKEND = "config.mail.CountedMail"  # counts, and gives them to the transport
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default=f"Serviceportal <nicht-antworten@{BASE_HOST}>")
EMAIL_TIMEOUT = 10

STRIPE_SECRET_KEY = env("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env("STRIPE_API_BASE", default="https://api.stripe.com")

# Inner networks that addresses of towns may lead to, such as 10.20.0.0/16: for handing over applications, and for a
# town's own identity provider. None unless the operator names it.
HANDOVER_NETWORKS = env.list("HANDOVER_NETWORKS", default=[])

# The delivery service of FIT-Connect, as whose API client we send for all towns: the Submission API (without /v2), the
# Destination API if it is elsewhere, where tokens are given, and a PEM file of the certificates to which the keys of
# destinations must lead, with revocation lists. Without the first, no town is offered FIT-Connect.
FIT_CONNECT_URL = env("FIT_CONNECT_URL", default="")
FIT_CONNECT_DESTINATION_URL = env("FIT_CONNECT_DESTINATION_URL", default="")
FIT_CONNECT_TOKEN_URL = env("FIT_CONNECT_TOKEN_URL", default="")
FIT_CONNECT_CLIENT_ID = env("FIT_CONNECT_CLIENT_ID", default="")
FIT_CONNECT_CLIENT_SECRET = env("FIT_CONNECT_CLIENT_SECRET", default="")
FIT_CONNECT_TRUST_STORE = env("FIT_CONNECT_TRUST_STORE", default="")
if FIT_CONNECT_URL and not (FIT_CONNECT_TOKEN_URL and FIT_CONNECT_CLIENT_ID and FIT_CONNECT_CLIENT_SECRET):
    raise ImproperlyConfigured(
        "Zu FIT_CONNECT_URL gehören FIT_CONNECT_TOKEN_URL, FIT_CONNECT_CLIENT_ID und FIT_CONNECT_CLIENT_SECRET."
    )

PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_ON_APP_READY = "config.worker.observe_jobs"
PROCRASTINATE_WORKER_DEFAULTS = {
    "concurrency": env.int("JOBS_AT_ONCE", default=4),  # of one worker, each in a thread with a connection of its own
    "delete_jobs": "successful",  # what was done leaves nothing behind
}
# What should have begun while no worker ran is begun up to so many seconds later.
PROCRASTINATE_PERIODIC_DEFAULTS = {"max_delay": 6 * 60 * 60}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stadttor: Schnittstelle einer Stadt",
    "DESCRIPTION": "Leistungen und Ämter für alle; Vorgänge und Zahlungen für Programme der Stadt mit einem Schlüssel. "
    "Feldnamen sind englisch, Inhalte deutsch. Felder können dazukommen, keines ändert seine Bedeutung.",
    "VERSION": "1",
    "SERVERS": [{"url": "/", "description": "die Adresse der Stadt"}],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "TAGS": [
        {"name": "Leistungen", "description": "Was die Stadt anbietet, ohne Anmeldung."},
        {"name": "Vorgänge", "description": "Anträge lesen und bearbeiten, mit Schlüssel."},
        {"name": "Zahlungen", "description": "Zahlungen lesen, mit Schlüssel."},
    ],
    "ENUM_NAME_OVERRIDES": {
        "StateEnum": "submissions.states.State",
        "PaymentStateEnum": "billing.states.PaymentState",
        "OutcomeEnum": "submissions.states.Outcome",
    },
}

# --- Watching: what machines may ask, what the log says (in English, with ids, never with personal data) ----

METRICS_TOKEN = env("METRICS_TOKEN", default="")  # with it as a bearer token /metrics answers; without it never
LOG_FORMAT = env("LOG_FORMAT", default="line")  # or json: one object a line
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.Line"}, "json": {"()": "config.logs.JsonLine"}},
    "filters": {
        "only_with_exception": {"()": "config.logs.OnlyWithException"},
        "not_the_outcome_of_jobs": {"()": "config.logs.NotTheOutcomeOfJobs"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": []},  # not to Django's own console, which quotes values
        "django.request": {"level": "ERROR", "filters": ["only_with_exception"]},
        "django.server": {"handlers": [], "level": "CRITICAL"},  # of runserver: paths and queries
        "mozilla_django_oidc": {"level": "WARNING"},
        "procrastinate": {"level": "WARNING"},
        "procrastinate.worker": {"filters": ["not_the_outcome_of_jobs"]},
        "stripe": {"level": "WARNING"},
    },
}
