"""A SCIM server of django-scim2 on loopback: server.py PORT TOKEN FOLDER. Its base is /scim/v2."""

import os
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

PORT, TOKEN, FOLDER = int(sys.argv[1]), sys.argv[2], sys.argv[3]
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

settings.configure(
    SECRET_KEY="for tests alone",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django_scim", "people"],
    AUTH_USER_MODEL="people.User",
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{FOLDER}/people.sqlite", "OPTIONS": {"timeout": 20}}},
    MIDDLEWARE=[f"{__name__}.bearer", "django_scim.middleware.SCIMAuthCheckMiddleware"],
    SCIM_SERVICE_PROVIDER={
        "NETLOC": f"127.0.0.1:{PORT}",
        "SCHEME": "http",
        "GROUP_MODEL": "people.models.Group",
        "AUTHENTICATION_SCHEMES": [{"type": "oauthbearertoken", "name": "Bearer", "description": "A token"}],
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("scim/v2/", include("django_scim.urls"))]


class Admitted:
    is_authenticated = True
    is_anonymous = False


def bearer(get_response):
    def handle(request):
        if request.headers.get("Authorization") == f"Bearer {TOKEN}":
            request.user = Admitted()
        return get_response(request)

    return handle


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


call_command("migrate", run_syncdb=True, verbosity=0)
make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet).serve_forever()
