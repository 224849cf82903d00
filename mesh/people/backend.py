"""Password log-in with a limit kept in PostgreSQL, and Django's permission questions answered by decide()."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.db import connection
from django.http import HttpRequest

from mesh.kernel.errors import TooManyRequests
from mesh.people.models import User

FAILURES_ALLOWED = {"account": 5, "address": 30}  # per five minutes
PASSWORD_LIMIT = 1024


class PeopleBackend(BaseBackend):
    """Signs people in by login and password."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **_: Any,
    ) -> User | None:
        if username is None or password is None or len(password.encode()) > PASSWORD_LIMIT:
            return None
        keys = _bucket_keys(request, username)
        _refuse_over_limit(keys)
        user = User.objects.filter(login__iexact=username).first()
        if user is None:
            User().set_password(password)  # the same time as a real comparison
        elif user.is_active and user.check_password(password):
            return user
        for key in keys:
            _count_failure(key)
        return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return bool(
            user_obj.is_active and user_obj.is_staff and perm.split(".")[-1].startswith("view_")
        )


def _bucket_keys(request: HttpRequest | None, username: str) -> list[str]:
    address = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    return [f"account:{username.lower()[:80]}", f"address:{address}"]


def _refuse_over_limit(keys: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select key, failures from people_loginbucket where key = any(%s) and window_until > clock_timestamp()",
            [keys],
        )
        for key, failures in cursor.fetchall():
            if failures >= FAILURES_ALLOWED[key.split(":")[0]]:
                raise TooManyRequests(
                    "Too many failed log-ins. Wait five minutes.", retry_after_seconds=300
                )


def _count_failure(key: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into people_loginbucket (key, failures, window_until) "
            "values (%s, 1, clock_timestamp() + interval '5 minutes') on conflict (key) do update set "
            "failures = case when people_loginbucket.window_until > clock_timestamp() "
            "then people_loginbucket.failures + 1 else 1 end, "
            "window_until = case when people_loginbucket.window_until > clock_timestamp() "
            "then people_loginbucket.window_until else clock_timestamp() + interval '5 minutes' end",
            [key],
        )
