"""A whole port in one step: the port, its topic, its subjects and its promises, all or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.actions.ports import add_port, bind_subject, bind_topic
from catalog.actions.promises import set_promises
from catalog.models import Port
from catalog.queries.lookup import product_named, subject_named, topic_named
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput


@audited
def open_port(
    product_id: int, wish: Mapping[str, Any], *, by: Principal, approval: int | None = None
) -> Port:
    """Create or complete a port from names.

    `wish`: direction, name, version, description, topic, cluster, key_subjects, value_subjects,
    upstream (product), group, promises. A port that exists under this name is completed.
    Raises what add_port, bind_topic, bind_subject and set_promises raise.
    """
    direction, name = str(wish.get("direction", "output")), wish.get("name")
    version = str(wish.get("version") or "1")
    port = Port.objects.filter(
        product_id=product_id, direction=direction, name=name, version=version
    ).first()
    if port is None:
        upstream = wish.get("upstream")
        port = add_port(
            product_id,
            direction=direction,
            name=name if isinstance(name, str) else "",
            version=version,
            description=str(wish.get("description") or ""),
            upstream=product_named(by, upstream, "/upstream") if upstream else None,
            group_name=str(wish.get("group") or ""),
            by=by,
            approval=approval,
        )
    _bind(port, wish, by=by, approval=approval)
    if promises := wish.get("promises"):
        set_promises(port.pk, promises, by=by, approval=approval)
    return port


def _bind(port: Port, wish: Mapping[str, Any], *, by: Principal, approval: int | None) -> None:
    if not wish.get("topic"):
        if wish.get("key_subjects") or wish.get("value_subjects"):
            raise InvalidInput("Subjects describe a topic: name it.", pointer="/topic")
        return
    topic = topic_named(by, wish.get("cluster"), wish["topic"])
    bind_topic(port.pk, topic, by=by, approval=approval)
    for side in ("key", "value"):
        for index, subject in enumerate(_names(wish, f"{side}_subjects")):
            found = subject_named(by, subject, f"/{side}_subjects/{index}")
            bind_subject(port.pk, topic, found, side, by=by, approval=approval)


def _names(wish: Mapping[str, Any], member: str) -> Sequence[str]:
    given = wish.get(member) or []
    if not isinstance(given, list | tuple):
        raise InvalidInput("This must be a list of subject names.", pointer=f"/{member}")
    return given
