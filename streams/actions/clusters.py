"""Environments and clusters: defined by platform administrators, described by their own answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import IntegrityError, transaction

from mesh.audit.actions import audited, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput, NameTaken
from mesh.kernel.ids import SLUG
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
) -> Cluster:
    """Register a cluster or change its settings. Raises KeyNotAllowed, ClusterSettingRefused, InvalidInput."""
    require(by, "cluster.manage")
    accepted = validate_settings(
        client_settings, environment_kind=environment.kind, allow_plaintext=allow_plaintext
    )
    if not 5 <= sweep_interval_s <= 900:
        raise InvalidInput(
            "A sweep interval lies between 5 and 900 seconds.", pointer="/sweep_interval_s"
        )
    plain, secret = split_secrets(accepted)
    try:
        with transaction.atomic():
            cluster, made = Cluster.objects.update_or_create(
                name=name,
                defaults={
                    "environment": environment,
                    "kind": kind,
                    "settings": plain,
                    "sweep_interval_s": sweep_interval_s,
                    "record_probe": record_probe,
                    **({"secrets": seal(secret)} if secret else {}),
                },
            )
    except IntegrityError as error:
        raise NameTaken(f"A cluster {name[:80]} exists already.", pointer="/name") from error
    hosts = [f"{host.lower()}:{port}" for host, port in bootstrap_hosts(plain)]
    add_aliases(cluster, hosts, origin="bootstrap")
    record("cluster_defined" if made else "cluster_changed", cluster, by=by,
           after={"environment": environment.slug, "bootstrap": ",".join(hosts)})  # fmt: skip
    outbox("cluster_defined", cluster)
    return cluster


def add_aliases(cluster: Cluster, addresses: Iterable[str], *, origin: str) -> None:
    """Remember addresses by which programs may name this cluster; repetition is harmless."""
    ClusterAlias.objects.bulk_create(
        [
            ClusterAlias(cluster=cluster, address=address.lower(), origin=origin)
            for address in addresses
        ],
        ignore_conflicts=True,
    )
