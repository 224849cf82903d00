"""Clusters: allow-listed settings, names once, aliases, and who may define them."""

from __future__ import annotations

import pytest

from mesh.audit.models import AuditEvent
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.errors import InvalidInput, NotAllowed, StaleRevision
from streams.actions.clusters import change_cluster, create_environment, define_cluster
from streams.actions.topics import WatchRow, record_topic, set_watches
from streams.errors import KeyNotAllowed
from streams.models import Cluster, ClusterAlias, Topic, Watch

pytestmark = pytest.mark.django_db
PLAIN = {"bootstrap.servers": "127.0.0.1:19092", "security.protocol": "PLAINTEXT"}


@pytest.fixture
def cluster() -> Cluster:
    environment = create_environment("prod", name="Production", kind="prod", by=SYSTEM)
    return define_cluster("local", environment=environment, client_settings=PLAIN, by=SYSTEM)


def test_bootstrap_addresses_become_aliases(cluster: Cluster) -> None:
    assert list(ClusterAlias.objects.values_list("address", "origin")) == [
        ("127.0.0.1:19092", "bootstrap")
    ]
    assert AuditEvent.objects.filter(action="cluster_defined").count() == 1


def test_defining_again_changes_the_same_row(cluster: Cluster) -> None:
    again = define_cluster(
        "local",
        environment=cluster.environment,
        client_settings=PLAIN,
        by=SYSTEM,
        sweep_interval_s=5,
    )
    assert again.pk == cluster.pk and again.sweep_interval_s == 5
    assert again.revision == cluster.revision + 1


def test_of_two_changes_of_one_revision_the_second_is_refused(cluster: Cluster) -> None:
    first = change_cluster(cluster.pk, {"sweep_interval_s": 5}, by=SYSTEM, revision=1)
    with pytest.raises(StaleRevision) as caught:
        change_cluster(cluster.pk, {"sweep_interval_s": 9}, by=SYSTEM, revision=1)
    assert caught.value.context["etag"] == '"r2"'
    cluster.refresh_from_db()
    assert (first.settings, cluster.sweep_interval_s) == (PLAIN, 5)


def test_a_change_keeps_secrets_that_it_does_not_name(cluster: Cluster) -> None:
    Cluster.objects.update(secrets=b"sealed")
    change_cluster(cluster.pk, {"settings": PLAIN, "kind": "msk"}, by=SYSTEM, revision=1)
    cluster.refresh_from_db()
    assert (bytes(cluster.secrets), cluster.kind) == (b"sealed", "msk")


@pytest.mark.parametrize(
    "key", ["plugin.library.paths", "debug", "ssl.ca.location", "statistics.interval.ms"]
)
def test_settings_that_load_code_or_read_files_are_refused(cluster: Cluster, key: str) -> None:
    with pytest.raises(KeyNotAllowed) as caught:
        define_cluster(
            "other", environment=cluster.environment, client_settings={**PLAIN, key: "x"}, by=SYSTEM
        )
    assert key in caught.value.detail
    assert not Cluster.objects.filter(name="other").exists()


@pytest.mark.parametrize("seconds", [0, 4, 901])
def test_sweep_interval_has_bounds(cluster: Cluster, seconds: int) -> None:
    with pytest.raises(InvalidInput):
        define_cluster(
            "x",
            environment=cluster.environment,
            client_settings=PLAIN,
            by=SYSTEM,
            sweep_interval_s=seconds,
        )


def test_only_a_platform_administrator_defines_clusters(
    cluster: Cluster, people: dict[str, Principal]
) -> None:
    with pytest.raises(NotAllowed):
        define_cluster(
            "mine", environment=cluster.environment, client_settings=PLAIN, by=people["owner"]
        )
    define_cluster(
        "mine", environment=cluster.environment, client_settings=PLAIN, by=people["admin"]
    )


def _topic(cluster: Cluster, topic_id: str = "id-1") -> Topic:
    return record_topic(
        cluster,
        "a.b",
        kafka_topic_id=topic_id,
        partitions=3,
        replication_factor=1,
        configs={},
        by=SYSTEM,
    )


def test_recording_a_topic_twice_keeps_one_row(cluster: Cluster) -> None:
    assert _topic(cluster).pk == _topic(cluster).pk


def test_another_topic_id_is_another_incarnation(cluster: Cluster) -> None:
    first, second = _topic(cluster), _topic(cluster, "id-2")
    first.refresh_from_db()
    assert first.pk != second.pk and first.ended_at is not None


def test_watches_are_replaced_as_a_whole_and_repeating_changes_nothing(cluster: Cluster) -> None:
    topic = _topic(cluster)
    product = topic.public_id
    set_watches(
        product, [WatchRow(topic.pk, "g", 30.0), WatchRow(topic.pk, sampling=True)], by=SYSTEM
    )
    before = set(Watch.objects.values_list("pk", "group_name", "bound_s"))
    set_watches(
        product, [WatchRow(topic.pk, "g", 30.0), WatchRow(topic.pk, sampling=True)], by=SYSTEM
    )
    assert set(Watch.objects.values_list("pk", "group_name", "bound_s")) == before
    set_watches(product, [WatchRow(topic.pk, "g", 60.0)], by=SYSTEM)
    assert list(Watch.objects.values_list("group_name", "bound_s")) == [("g", 60.0)]
