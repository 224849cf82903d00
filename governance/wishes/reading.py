"""From the bodies of items to wishes: names resolved, every fault with its pointer."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from governance.policy.library.meaning import LEVELS
from governance.policy.library.naming import KAFKA_PATTERN
from governance.policy.plan import order_of
from governance.wishes.shapes import KINDS, read_shape, unknown_member
from mesh.audit.principal import Principal
from mesh.kernel.errors import Fault, InvalidInput, MeshError, clipped
from mesh.kernel.ids import SLUG
from mesh.kernel.names import name_fault
from mesh.people.authz.doors import scope
from streams.models import Cluster

ITEMS_MAX = 50
DELIMITER = "/"


@dataclass(frozen=True, slots=True)
class Wish:
    """One item as it was asked: kind, named object, wanted state, and the key that identifies it."""

    kind: str
    object: Mapping[str, Any]
    desired: Mapping[str, Any]
    object_key: str

    @property
    def reserves(self) -> bool:
        """Does the item claim a name that others must not take meanwhile?"""
        return self.kind in ("topic.create", "topic.adopt", "schema.register", "product.create")


def read_items(by: Principal, bodies: object, pointer: str = "/items") -> list[Wish]:
    """Every item in apply order. Raises InvalidInput naming each wrong place."""
    if not isinstance(bodies, Sequence) or isinstance(bodies, str) or not bodies:
        raise InvalidInput("Name at least one item.", pointer=pointer)
    if len(bodies) > ITEMS_MAX:
        raise InvalidInput(f"A request has at most {ITEMS_MAX} items.", pointer=pointer)
    wishes, faults = [], []
    for place, body in enumerate(bodies):
        wish, found = read_item(by, body, f"{pointer}/{place}")
        faults += found
        wishes += [wish] if wish is not None else []
    faults += _repeated(wishes, pointer)
    if faults:
        raise InvalidInput(faults[0].detail, faults=tuple(faults))
    return sorted(wishes, key=lambda wish: order_of(wish.kind))


def read_item(by: Principal, body: object, pointer: str) -> tuple[Wish | None, list[Fault]]:
    """One item, or the faults that keep it from being one."""
    if not isinstance(body, Mapping):
        return None, [Fault(pointer, "type", "Write an object here.")]
    members = {"kind": 1, "object": 1, "desired": 1}
    faults = [unknown_member(name, members, pointer) for name in body if name not in members]
    kind = body.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        said = f"{clipped(str(kind), 60)} is no kind of item: say one of {', '.join(KINDS)}."
        return None, [*faults, Fault(f"{pointer}/kind", "item_unknown_kind", said)]
    named, wrong = read_shape(body.get("object", {}), KINDS[kind].object, f"{pointer}/object")
    wanted, more = read_shape(body.get("desired", {}), KINDS[kind].desired, f"{pointer}/desired")
    faults += wrong + more
    if faults:
        return None, faults
    try:
        wish = _RESOLVERS[kind.split(".")[0]](by, Wish(kind, named, wanted, ""), pointer)
    except MeshError as error:
        return None, list(error.faults) or [Fault(pointer, error.code, error.detail)]
    return wish, []


def _repeated(wishes: Sequence[Wish], pointer: str) -> list[Fault]:
    seen: set[tuple[str, str]] = set()
    faults = []
    for wish in wishes:
        name = (wish.kind, wish.object_key)
        if name in seen:
            said = f"{KINDS[wish.kind].noun} {wish.object_key} stands here twice."
            faults.append(Fault(pointer, "repeated", said))
        seen.add(name)
    return faults


def cluster_named(by: Principal, reference: object, pointer: str) -> Cluster:
    """The cluster of this name or public id. Raises InvalidInput at the pointer."""
    rows = scope(by, "catalog.read", Cluster.objects.select_related("environment"))
    shown = str(reference)
    found = (
        rows.filter(public_id=shown).first() if _is_uuid(shown) else rows.filter(name=shown).first()
    )
    if found is None:
        raise InvalidInput(f"There is no cluster {clipped(shown, 80)}.", pointer=pointer)
    return found


def _is_uuid(reference: str) -> bool:
    try:
        return len(reference) == 36 and bool(uuid.UUID(reference))
    except ValueError:
        return False


def _topic(by: Principal, wish: Wish, pointer: str) -> Wish:
    cluster = cluster_named(by, wish.object["cluster"], f"{pointer}/object/cluster")
    name = str(wish.object["topic"])
    if not KAFKA_PATTERN.fullmatch(name) or name in (".", ".."):
        said = f"{clipped(name, 80)} is no name that Kafka accepts: 1 to 249 of a-z A-Z 0-9 . _ -"
        raise InvalidInput(said, pointer=f"{pointer}/object/topic")
    if wish.kind == "topic.configure" and not (
        wish.desired.get("set") or wish.desired.get("unset")
    ):
        raise InvalidInput(
            "Name at least one key in set or unset.", pointer=f"{pointer}/desired/set"
        )
    return replace(
        wish,
        object={"cluster": cluster.name, "topic": name},
        object_key=topic_key(cluster, name),
    )


def topic_key(cluster: Cluster, name: str) -> str:
    """How a topic is named in reservations."""
    return f"topic:{cluster.public_id}/{name}"


def _schema(by: Principal, wish: Wish, pointer: str) -> Wish:
    level = wish.desired.get("level", wish.desired.get("compatibility"))
    if level is not None and level not in LEVELS:
        member = "level" if wish.kind == "schema.compatibility" else "compatibility"
        said = f"{clipped(str(level), 40)} is no level: say one of {', '.join(LEVELS)}."
        raise InvalidInput(said, pointer=f"{pointer}/desired/{member}")
    if wish.kind == "schema.register":
        _read_schema(wish, pointer)
    return replace(wish, object_key=f"subject:{wish.object['subject']}")


def _read_schema(wish: Wish, pointer: str) -> None:
    """Refuse a schema that cannot be read; one with references is read at planning."""
    if wish.desired.get("references"):
        return
    from schemas.avro.errors import InvalidSchema
    from schemas.avro.parse import parse

    try:
        parse(str(wish.desired["schema"]))
    except InvalidSchema as error:
        raise InvalidInput(
            f"The schema cannot be read: {error}", pointer=f"{pointer}/desired/schema"
        ) from error


def _product(by: Principal, wish: Wish, pointer: str) -> Wish:
    from catalog.members import PRODUCT_MEMBERS, faults_of
    from catalog.queries.lookup import domain_named, product_named, team_named

    slug, desired = str(wish.object["product"]), dict(wish.desired)
    if wish.kind == "product.create":
        if not SLUG.fullmatch(slug):
            said = f"{clipped(slug, 80)} is no short name: small letters, digits and hyphens."
            raise InvalidInput(said, pointer=f"{pointer}/object/product")
    else:
        slug = product_named(by, slug, f"{pointer}/object/product").slug
    if "team" in desired:
        desired["team"] = team_named(by, desired["team"], f"{pointer}/desired/team").slug
    if "domain" in desired:
        desired["domain"] = domain_named(by, desired["domain"], f"{pointer}/desired/domain").slug
    if wrong := faults_of(desired, PRODUCT_MEMBERS):
        raise InvalidInput(
            wrong[0].detail,
            faults=tuple(
                replace(fault, pointer=f"{pointer}/desired{fault.pointer}") for fault in wrong
            ),
        )
    return replace(wish, object={"product": slug}, desired=desired, object_key=f"product:{slug}")


def _port(by: Principal, wish: Wish, pointer: str) -> Wish:
    named = dict(wish.object)
    named["version"] = str(named.get("version", "1"))
    named["direction"] = str(named.get("direction", "output"))
    if named["direction"] not in ("input", "output"):
        raise InvalidInput("direction: say input or output.", pointer=f"{pointer}/object/direction")
    if wish.kind == "port.create" and (wrong := _port_faults(named, wish.desired)):
        faults = tuple(replace(fault, pointer=f"{pointer}{fault.pointer}") for fault in wrong)
        raise InvalidInput(wrong[0].detail, faults=faults)
    if wish.desired.get("cluster"):
        cluster_named(by, wish.desired["cluster"], f"{pointer}/desired/cluster")
    key = "port:" + DELIMITER.join(
        str(named[part]) for part in ("product", "port", "version", "direction")
    )
    return replace(wish, object=named, object_key=key)


def _port_faults(named: Mapping[str, Any], desired: Mapping[str, Any]) -> list[Fault]:
    from catalog.members import PORT_MEMBERS, faults_of

    said = faults_of({"name": named["port"], "version": named["version"]}, PORT_MEMBERS)
    places = {"/name": "/object/port", "/version": "/object/version"}
    wrong = [replace(fault, pointer=places[fault.pointer]) for fault in said]
    members = {"description": "description", "group": "group_name"}
    given = {theirs: desired[ours] for ours, theirs in members.items() if ours in desired}
    back = {f"/{theirs}": f"/desired/{ours}" for ours, theirs in members.items()}
    return wrong + [
        replace(fault, pointer=back[fault.pointer]) for fault in faults_of(given, PORT_MEMBERS)
    ]


def _promise(by: Principal, wish: Wish, pointer: str) -> Wish:
    from catalog.actions.promises import readings_of

    readings_of(wish.desired["promises"], f"{pointer}/desired/promises")
    return _port(by, wish, pointer)


def _lifecycle(by: Principal, wish: Wish, pointer: str) -> Wish:
    return replace(wish, object_key=f"product:{wish.object['product']}")


_RESOLVERS = {
    "topic": _topic,
    "schema": _schema,
    "product": _product,
    "port": _port,
    "promise": _promise,
    "lifecycle": _lifecycle,
}
REASON_LEAST, REASON_MOST = 10, 4000
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def checked_words(value: object, pointer: str, *, least: int, most: int) -> str:
    """A title or reason; a title is a name. Raises InvalidInput at the pointer."""
    if pointer == "/title" and isinstance(value, str) and (said := name_fault(value)):
        raise InvalidInput(said, pointer=pointer)
    if not isinstance(value, str) or CONTROL.search(value):
        raise InvalidInput("Write a text without control characters.", pointer=pointer)
    words = value.strip()
    if not least <= len(words) <= most:
        raise InvalidInput(f"Write {least} to {most} characters.", pointer=pointer)
    return words
