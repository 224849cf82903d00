"""Only allow-listed client settings reach the client library, with values of the right form."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path

import confluent_kafka
import pytest

from streams.errors import ClusterSettingRefused, KeyNotAllowed
from streams.kafka import settings as cluster_settings
from streams.kafka.settings import (
    bootstrap_hosts,
    client_settings,
    split_secrets,
    validate_settings,
)

PLAIN = {"bootstrap.servers": "kafka-1.example:9092"}
SASL = {
    "bootstrap.servers": "kafka-1.example:9093",
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "mesh",
    "sasl.password": "a long secret",
}


def accept(settings: dict[str, str], kind: str = "dev") -> dict[str, str]:
    return validate_settings(settings, environment_kind=kind)


@pytest.mark.parametrize("settings", [PLAIN, SASL], ids=["plain", "sasl"])
def test_settings_of_the_list_are_kept_as_they_are(settings: dict[str, str]) -> None:
    assert accept(settings) == settings


@pytest.mark.parametrize(
    "key",
    [
        "plugin.library.paths",
        "ssl.engine.location",
        "ssl.providers",
        "ssl.ca.location",
        "ssl.keystore.location",
        "sasl.kerberos.kinit.cmd",
        "sasl.oauthbearer.assertion.private.key.file",
        "debug",
        "statistics.interval.ms",
        "client.id",
        "allow.auto.create.topics",
        "group.id",
        "BOOTSTRAP.SERVERS",
        " bootstrap.servers",
        "bootstrap.servers\n",
        "",
        "a/b~c",
    ],
)
def test_any_other_key_is_refused_with_its_pointer(key: str) -> None:
    with pytest.raises(KeyNotAllowed) as refusal:
        accept({**PLAIN, key: "x"})
    assert refusal.value.code == "key_not_allowed"
    assert refusal.value.faults[0].pointer.startswith("/settings/")
    assert refusal.value.detail.startswith("key not allowed: ")


def test_every_key_the_library_knows_is_in_the_table_or_refused() -> None:
    known = library_keys()
    assert len(known) > 150
    refused = 0
    for key in known - set(cluster_settings.VALUE_RULES):
        with pytest.raises(KeyNotAllowed):
            accept({**PLAIN, key: "1"})
        refused += 1
    assert refused > 120
    assert set(cluster_settings.VALUE_RULES) <= known


def library_keys() -> set[str]:
    """The names in the table that the wheel's own library prints."""
    folder = Path(confluent_kafka.__file__).parent.parent / "confluent_kafka.libs"
    library = ctypes.CDLL(str(next(folder.glob("librdkafka*"))))
    libc = ctypes.CDLL(None)
    libc.open_memstream.restype = ctypes.c_void_p
    text, size = ctypes.c_char_p(), ctypes.c_size_t()
    stream = libc.open_memstream(ctypes.byref(text), ctypes.byref(size))
    library.rd_kafka_conf_properties_show.argtypes = [ctypes.c_void_p]
    library.rd_kafka_conf_properties_show(stream)
    libc.fclose.argtypes = [ctypes.c_void_p]
    libc.fclose(stream)
    return set(re.findall(r"^([a-z][a-z0-9._]+)\s+\|", (text.value or b"").decode(), re.MULTILINE))


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("bootstrap.servers", "", "host:port"),
        ("bootstrap.servers", "kafka", "host:port"),
        ("bootstrap.servers", "kafka:0", "host:port"),
        ("bootstrap.servers", "kafka:70000", "host:port"),
        ("bootstrap.servers", "kafka:9092,", "host:port"),
        ("bootstrap.servers", "http://kafka:9092", "host:port"),
        ("bootstrap.servers", "user@kafka:9092", "host:port"),
        ("bootstrap.servers", "kafka:9092 ", "host:port"),
        ("bootstrap.servers", "[zz]:9092", "host:port"),
        ("bootstrap.servers", ",".join(["k:1"] * 21), "more than 20"),
        ("bootstrap.servers", "kafka:9092\x00", "control characters"),
        ("security.protocol", "ssl", "say one of"),
        ("sasl.mechanism", "GSSAPI", "not in this build"),
        ("sasl.username", "", "is empty"),
        ("sasl.username", "u" * 1025, "longer than 1024"),
        ("sasl.username", "a\nb", "control characters"),
        ("sasl.oauthbearer.method", "default", "say one of oidc"),
        ("sasl.oauthbearer.token.endpoint.url", "http://idp.example/token", "https"),
        ("sasl.oauthbearer.token.endpoint.url", "https://u:p@idp.example/", "https"),
        ("sasl.oauthbearer.token.endpoint.url", "https://idp.example:x/", "https"),
        ("ssl.ca.pem", "/etc/passwd", "PEM"),
        (
            "ssl.ca.pem",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",
            "not a PEM certificate",
        ),
        ("metadata.max.age.ms", "600001", "whole milliseconds"),
        ("metadata.max.age.ms", "-1", "whole milliseconds"),
        ("metadata.max.age.ms", "1e3", "whole milliseconds"),
        ("socket.keepalive.enable", "True", "say one of"),
        ("client.rack", "r" * 65, "longer than 64"),
    ],
)
def test_a_wrong_value_is_named_at_its_key(key: str, value: str, says: str) -> None:
    with pytest.raises(ClusterSettingRefused) as refusal:
        accept({**PLAIN, key: value})
    fault = refusal.value.faults[0]
    assert fault.pointer == f"/settings/{key}"
    assert says in fault.detail


def test_a_value_that_is_not_text_is_refused() -> None:
    with pytest.raises(ClusterSettingRefused):
        accept({**PLAIN, "metadata.max.age.ms": 5})  # type: ignore[dict-item]


def test_bootstrap_servers_are_needed() -> None:
    with pytest.raises(ClusterSettingRefused, match=r"bootstrap\.servers: is missing"):
        accept({"client.rack": "a"})


@pytest.mark.parametrize("left_out", ["sasl.mechanism", "sasl.username", "sasl.password"])
def test_sasl_needs_mechanism_and_credentials(left_out: str) -> None:
    settings = {key: value for key, value in SASL.items() if key != left_out}
    with pytest.raises(ClusterSettingRefused) as refusal:
        accept(settings)
    assert f"/settings/{left_out}" in {fault.pointer for fault in refusal.value.faults}


def test_secrets_never_stand_in_a_refusal() -> None:
    with pytest.raises(ClusterSettingRefused) as refusal:
        accept({**SASL, "sasl.password": "canary\x01secret"})
    assert "canary" not in str(refusal.value) + repr(refusal.value.faults)


@pytest.mark.parametrize(
    "weak",
    [
        {"security.protocol": "PLAINTEXT"},
        {"ssl.endpoint.identification.algorithm": "none"},
        {"enable.ssl.certificate.verification": "false"},
    ],
    ids=["plaintext", "no host check", "no certificate check"],
)
def test_production_refuses_weak_transport(weak: dict[str, str]) -> None:
    assert accept({**SASL, **weak}, "dev")
    with pytest.raises(ClusterSettingRefused):
        accept({**SASL, **weak}, "prod")


def test_production_accepts_plaintext_on_this_machine_or_when_allowed() -> None:
    here = {"bootstrap.servers": "127.0.0.1:9092,[::1]:9092,localhost:9092"}
    assert accept(here, "prod") == here
    assert validate_settings(PLAIN, environment_kind="prod", allow_plaintext=True) == PLAIN


def test_hosts_are_listed_for_the_address_rules() -> None:
    assert bootstrap_hosts({"bootstrap.servers": "a.example:1,[2001:db8::1]:2"}) == [
        ("a.example", 1),
        ("2001:db8::1", 2),
    ]


def test_secrets_are_kept_apart() -> None:
    shown, secret = split_secrets(SASL)
    assert secret == {"sasl.password": "a long secret"}
    assert "sasl.password" not in shown


def test_our_own_settings_win_and_unlisted_ones_never_pass() -> None:
    made = client_settings(PLAIN, "probe")
    assert made["allow.auto.create.topics"] is False
    assert made["client.id"] == "tributary-probe"
    with pytest.raises(KeyNotAllowed):
        client_settings({**PLAIN, "plugin.library.paths": "/tmp/x.so"}, "probe")
