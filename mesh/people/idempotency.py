"""A POST that is sent twice acts once: the first answer is kept for 24 hours under the caller's key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from mesh.audit.answers import KEPT
from mesh.audit.models import IdempotencyRecord
from mesh.kernel.database import database_now
from mesh.kernel.errors import (
    BodyTooLarge,
    IdempotencyConflict,
    IdempotencyInProgress,
    MalformedRequest,
)

KEY = re.compile(r"[\x21-\x7e]{1,128}")
LONGEST_RUN = timedelta(minutes=2)  # a first request that is older was killed
HEADERS = ("Content-Type", "ETag", "Location")
Run = Callable[[], Any]


def answered_once(request: HttpRequest, key: str, caller: str, run: Run) -> Any:
    """The answer of `run`, or of the first request of this caller with this key and content.

    Raises MalformedRequest, BodyTooLarge, IdempotencyConflict, IdempotencyInProgress.
    """
    if not KEY.fullmatch(key):
        raise MalformedRequest("Idempotency-Key: 1 to 128 visible ASCII characters.")
    digest = _digest(request)
    principal = hashlib.sha256(caller.encode()).hexdigest()
    row = _claimed(principal, key, digest)
    if row is None:
        return _first_answer(principal, key, digest)
    try:
        response = run()
        rendered = response.render() if hasattr(response, "render") else response
    except BaseException:
        row.delete()
        raise
    if rendered.status_code >= 500 or rendered.status_code in (401, 403, 429):
        row.delete()
        return rendered
    row.status, row.body = rendered.status_code, rendered.content.decode()
    row.headers = {name: rendered[name] for name in HEADERS if name in rendered}
    row.save(update_fields=["status", "body", "headers"])
    return rendered


def _digest(request: HttpRequest) -> str:
    """What makes two requests the same: address with its parameters, and body."""
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise BodyTooLarge from error
    return hashlib.sha256(request.get_full_path().encode() + b"\0" + body).hexdigest()


def _claimed(principal: str, key: str, digest: str) -> IdempotencyRecord | None:
    """A row of our own, or None when another request has the key."""
    now = database_now()
    gone = Q(created_at__lt=now - KEPT) | Q(status=None, created_at__lt=now - LONGEST_RUN)
    IdempotencyRecord.objects.filter(gone, principal=principal, key=key).delete()
    try:
        with transaction.atomic():
            return IdempotencyRecord.objects.create(principal=principal, key=key, digest=digest)
    except IntegrityError:
        return None


def _first_answer(principal: str, key: str, digest: str) -> HttpResponse:
    row = IdempotencyRecord.objects.filter(principal=principal, key=key).first()
    if row is None or (row.status is None and row.digest == digest):
        raise IdempotencyInProgress(retry_after_seconds=1)
    if row.digest != digest:
        raise IdempotencyConflict
    headers = {**row.headers, "Idempotency-Replayed": "true"}
    return HttpResponse(row.body, status=row.status, headers=headers)
