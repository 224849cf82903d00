"""Environments and clusters: defined by platform administrators, described by their own answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import IntegrityError, transaction

from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, NameTaken
from mesh.kernel.ids import SLUG
from mesh.kernel.revisions import unmoved
from mesh.people.authz.doors import require
from streams.kafka.settings import bootstrap_hosts, split_secrets, validate_settings
from streams.models import Cluster, ClusterAlias, Environment
from streams.secrets import seal

KAFKA_PORT = 9092


@audited
def create_environment(
    slug: str, *, name: str, kind: str, by: Principal, rank: int = 0
) -> Environment:
    """A stage of the platform. Idempotent by slug."""
    require(by, "cluster.manage")
    if not SLUG.fullmatch(slug):
        raise InvalidInput("A slug has small letters, digits and hyphens.", pointer="/slug")
    environment, made = Environment.objects.get_or_create(
        slug=slug, defaults={"name": name, "kind": kind, "rank": rank}
    )
    if made:
        record("environment_created", environment, by=by, after={"slug": slug, "kind": kind})
    return environment


@audited
def define_cluster(  # noqa: PLR0913  (the columns a person sets)
    name: str,
    *,
    environment: Environment,
    client_settings: Mapping[str, str],
    by: Principal,
    sweep_interval_s: int = 60,
    record_probe: bool = False,
    kind: str = "apache",
    allow_plaintext: bool = False,
    is_new: bool = False,
) -> Cluster:
    """Register a cluster, or unless it `is_new` change the one of this name; secrets not given stay.

    Raises KeyNotAllowed, ClusterSettingRefused, InvalidInput, NameTaken.
    """
    require(by, "cluster.manage")
    accepted = validate_settings(
        client_settings, environment_kind=environment.kind, allow_plaintext=allow_plaintext
    )
    columns = {
        "environment": environment, "sweep_interval_s": sweep_interval_s, "kind": kind,
        "record_probe": record_probe, **_setting_columns(accepted),
    }  # fmt: skip
    _check_interval(sweep_interval_s)
    present = Cluster.objects.select_for_update(no_key=True).filter(name=name).first()
    if present is not None and not is_new:
        return _changed(present, columns, by)
    try:
        with transaction.atomic():
            cluster = Cluster.objects.create(name=name, **columns)
    except IntegrityError as error:
        raise NameTaken(f"A cluster {name[:80]} exists already.", pointer="/name") from error
    _tell("cluster_defined", cluster, by)
    return cluster


@audited
def change_cluster(
    cluster_id: int, changes: Mapping[str, Any], *, by: Principal, revision: int
) -> Cluster:
    """Change how a cluster is reached or swept: settings, sweep_interval_s, record_probe, kind.

    Settings are given whole; secrets among them that are not given stay. Raises as
    define_cluster(), and StaleRevision.
    """
    require(by, "cluster.manage")
    rows = Cluster.objects.select_for_update(no_key=True, of=("self",))
    cluster = rows.select_related("environment").get(pk=cluster_id)
    unmoved(cluster.revision, revision)
    columns = {name: value for name, value in changes.items() if name != "settings"}
    if "settings" in changes:
        given = changes["settings"]
        kind = cluster.environment.kind
        columns |= _setting_columns(validate_settings(given, environment_kind=kind))
    _check_interval(columns.get("sweep_interval_s", cluster.sweep_interval_s))
    return _changed(cluster, columns, by)


def _setting_columns(accepted: Mapping[str, str]) -> dict[str, Any]:
    plain, secret = split_secrets(accepted)
    return {"settings": plain, **({"secrets": seal(secret)} if secret else {})}


def _check_interval(seconds: int) -> None:
    if not 5 <= seconds <= 900:
        raise InvalidInput(
            "A sweep interval lies between 5 and 900 seconds.", pointer="/sweep_interval_s"
        )


def _changed(cluster: Cluster, columns: Mapping[str, Any], by: Principal) -> Cluster:
    for column, value in columns.items():
        setattr(cluster, column, value)
    cluster.revision += 1
    cluster.save(update_fields=[*columns, "revision", "updated_at"])
    _tell("cluster_changed", cluster, by)
    return cluster


def _tell(event: str, cluster: Cluster, by: Principal) -> None:
    hosts = [f"{host.lower()}:{port}" for host, port in bootstrap_hosts(cluster.settings)]
    add_aliases(cluster, hosts, origin="bootstrap")
    record(event, cluster, by=by, after={
        "environment": cluster.environment.slug, "bootstrap": ",".join(hosts),
        "sweep_interval_s": cluster.sweep_interval_s,
    })  # fmt: skip
    outbox("cluster_defined", cluster)


def add_aliases(cluster: Cluster, addresses: Iterable[str], *, origin: str) -> None:
    """Remember addresses by which programs may name this cluster; repetition is harmless."""
    ClusterAlias.objects.bulk_create(
        [
            ClusterAlias(cluster=cluster, address=address.lower(), origin=origin)
            for address in addresses
        ],
        ignore_conflicts=True,
    )
