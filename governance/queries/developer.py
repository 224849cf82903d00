"""What a developer needs: own keys, the scopes they may carry, first calls to copy."""

from __future__ import annotations

from typing import Any

from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.people.authz.decide import roles_of
from mesh.people.authz.table import ACTIONS
from mesh.people.models import ApiKey

PYTHON = """from confluent_kafka.schema_registry import SchemaRegistryClient

registry = SchemaRegistryClient({{
    "url": "{registry}",
    "basic.auth.user.info": "key:" + KEY,
}})
print(registry.get_subjects())"""
CURL = """curl -H "Authorization: Bearer $TRIBUTARY_KEY" \\
     "{base}/api/v1/products\""""
CLI = """export TRIBUTARY_URL={base}
export TRIBUTARY_KEY=trb_…
tributary plan orders.yaml
tributary apply orders.yaml"""
OPENLINEAGE = """transport:
  type: http
  url: {base}
  endpoint: api/v1/lineage
  auth:
    type: api_key
    apiKey: trb_…"""


def my_keys(viewer: Principal) -> list[dict[str, Any]]:
    """The person's own keys, living ones first; never a secret."""
    now = clock.now()
    rows = ApiKey.objects.filter(user_id=viewer.user_pk or 0).order_by("revoked_at", "-created_at")
    return [
        {
            "key_id": key.key_id,
            "label": key.label,
            "scopes": ", ".join(key.scopes) or "none",
            "created_at": key.created_at,
            "expires_at": key.expires_at,
            "last_used_at": key.last_used_at,
            "living": key.revoked_at is None and (key.expires_at is None or key.expires_at > now),
            "words": "revoked"
            if key.revoked_at
            else "live"
            if key.expires_at is None or key.expires_at > now
            else "expired",
        }
        for key in rows[:100]
    ]


def my_scopes(viewer: Principal) -> list[str]:
    """Scopes that some action of the viewer's roles needs."""
    roles = set(roles_of(viewer))
    return sorted(
        {
            rule.scope
            for rule in ACTIONS.values()
            if rule.scope not in ("", "*") and any(role in roles for role, _ in rule.cells)
        }
    )


def snippets(base: str, registry: str) -> list[dict[str, str]]:
    """First calls with this installation's addresses."""
    texts = {
        "curl": ("REST", CURL),
        "python": ("Registry, Python", PYTHON),
        "cli": ("Command line", CLI),
        "openlineage": ("OpenLineage", OPENLINEAGE),
    }
    return [
        {"key": key, "label": label, "text": text.format(base=base, registry=registry)}
        for key, (label, text) in texts.items()
    ]
