"""Which client settings a cluster may carry, and what we set ourselves: an allow-list."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from mesh.kernel.errors import Fault, clipped
from streams.errors import ClusterSettingRefused, KeyNotAllowed

TEXT_LIMIT = 1024
PEM_LIMIT = 64 * 1024
LONGEST_MS = 600_000
BOOTSTRAP_LIMIT = 20
HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?")
HOST_PORT = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:]+)):([0-9]{1,5})")
PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----.+?-----END \1-----", re.DOTALL)

SECRET_KEYS = frozenset(
    {"sasl.password", "sasl.oauthbearer.client.secret", "ssl.key.pem", "ssl.key.password"}
)
FIXED_SETTINGS: Mapping[str, str | int | bool] = {
    "socket.timeout.ms": 5000,
    "socket.connection.setup.timeout.ms": 3000,
    "allow.auto.create.topics": False,
    "enable.metrics.push": False,
    "receive.message.max.bytes": 100_000_000,
    "log.connection.close": False,
    "socket.nagle.disable": True,
}
CONSUMER_SETTINGS: Mapping[str, str | int | bool] = {
    "enable.auto.commit": False,
    "enable.auto.offset.store": False,
    "enable.partition.eof": True,
    "auto.offset.reset": "error",
}

Problem = str | None


def _one_of(*words: str) -> Callable[[str], Problem]:
    def judge(value: str) -> Problem:
        return None if value in words else f"say one of {', '.join(words)}"

    return judge


def _text(limit: int) -> Callable[[str], Problem]:
    def judge(value: str) -> Problem:
        if not value:
            return "is empty"
        return f"is longer than {limit} characters" if len(value) > limit else None

    return judge


def _milliseconds(value: str) -> Problem:
    if re.fullmatch(r"[0-9]{1,6}", value) and int(value) <= LONGEST_MS:
        return None
    return f"say whole milliseconds from 0 to {LONGEST_MS}"


def _mechanism(value: str) -> Problem:
    if value == "GSSAPI":
        return "Kerberos (GSSAPI) is not in this build"
    return _one_of("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER")(value)


def _https_url(value: str) -> Problem:
    problem = "say an https address without user name or fragment"
    try:
        parts = urlsplit(value)
        usable = parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return problem
    extra = parts.username or parts.password or parts.fragment or len(value) > TEXT_LIMIT
    return problem if extra or not usable else None


def _pem(value: str) -> Problem:
    if len(value) > PEM_LIMIT:
        return f"is longer than {PEM_LIMIT // 1024} KiB"
    return None if PEM_BLOCK.search(value) else "holds no PEM block"


def _bootstrap(value: str) -> Problem:
    entries = value.split(",")
    if len(entries) > BOOTSTRAP_LIMIT:
        return f"names more than {BOOTSTRAP_LIMIT} servers"
    wrong = next((entry for entry in entries if _host_port(entry) is None), None)
    return None if wrong is None else f"“{clipped(wrong, 80)}” is not host:port"


VALUE_RULES: Mapping[str, Callable[[str], Problem]] = {
    "bootstrap.servers": _bootstrap,
    "security.protocol": _one_of("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
    "sasl.mechanism": _mechanism,
    "sasl.username": _text(TEXT_LIMIT),
    "sasl.password": _text(TEXT_LIMIT),
    "sasl.oauthbearer.client.id": _text(TEXT_LIMIT),
    "sasl.oauthbearer.client.secret": _text(TEXT_LIMIT),
    "sasl.oauthbearer.scope": _text(TEXT_LIMIT),
    "sasl.oauthbearer.extensions": _text(TEXT_LIMIT),
    "sasl.oauthbearer.method": _one_of("oidc"),
    "sasl.oauthbearer.token.endpoint.url": _https_url,
    "ssl.ca.pem": _pem,
    "ssl.certificate.pem": _pem,
    "ssl.key.pem": _pem,
    "ssl.key.password": _text(TEXT_LIMIT),
    "ssl.endpoint.identification.algorithm": _one_of("https", "none"),
    "enable.ssl.certificate.verification": _one_of("true", "false"),
    "client.rack": _text(64),
    "broker.address.family": _one_of("any", "v4", "v6"),
    "socket.keepalive.enable": _one_of("true", "false"),
    "connections.max.idle.ms": _milliseconds,
    "reconnect.backoff.ms": _milliseconds,
    "reconnect.backoff.max.ms": _milliseconds,
    "metadata.max.age.ms": _milliseconds,
}


def validate_settings(
    settings: Mapping[str, str], *, environment_kind: str, allow_plaintext: bool = False
) -> dict[str, str]:
    """The settings as they may be stored.

    `allow_plaintext` lets a production environment speak without encryption to hosts other than
    this machine. Addresses are not judged here: see `bootstrap_hosts`.
    Raises KeyNotAllowed (first) and ClusterSettingRefused with every wrong place.
    """
    _refuse_keys(settings)
    faults = [
        fault for key, value in settings.items() if (fault := _value_fault(key, value)) is not None
    ]
    faults = faults or _together_faults(settings)
    if environment_kind == "prod":
        faults += _production_faults(settings, allow_plaintext)
    if faults:
        raise ClusterSettingRefused(faults[0].detail, faults=tuple(faults))
    return dict(settings)


def bootstrap_hosts(settings: Mapping[str, str]) -> list[tuple[str, int]]:
    """Host and port of each bootstrap server, for the address rules and the first contact."""
    pairs = (_host_port(entry) for entry in settings.get("bootstrap.servers", "").split(","))
    return [pair for pair in pairs if pair is not None]


def split_secrets(settings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """What may be shown, and what is stored encrypted and never shown."""
    shown = {key: value for key, value in settings.items() if key not in SECRET_KEYS}
    return shown, {key: value for key, value in settings.items() if key in SECRET_KEYS}


def client_settings(settings: Mapping[str, str], use: str) -> dict[str, str | int | bool]:
    """What the client library gets: the cluster's settings under ours, which win."""
    unknown = sorted(set(settings) - set(VALUE_RULES))
    if unknown:
        raise KeyNotAllowed(f"key not allowed: {clipped(unknown[0], 80)}")
    return {**settings, **FIXED_SETTINGS, "client.id": f"tributary-{use}"}


def _refuse_keys(settings: Mapping[str, str]) -> None:
    faults = tuple(
        Fault(_pointer(key), KeyNotAllowed.code, f"key not allowed: {clipped(key, 80)}")
        for key in settings
        if key not in VALUE_RULES
    )
    if faults:
        raise KeyNotAllowed(faults[0].detail, faults=faults)


def _value_fault(key: str, value: object) -> Fault | None:
    if not isinstance(value, str):
        problem: Problem = "say text"
    elif _has_control(value, lines_allowed=key.endswith(".pem")):
        problem = "holds control characters"
    else:
        problem = VALUE_RULES[key](value) or _parse_problem(key, value)
    return None if problem is None else _fault(key, problem)


def _parse_problem(key: str, value: str) -> Problem:
    if key not in ("ssl.ca.pem", "ssl.certificate.pem"):
        return None
    from cryptography import x509

    try:
        x509.load_pem_x509_certificates(value.encode())
    except ValueError:
        return "is not a PEM certificate"
    return None


def _together_faults(settings: Mapping[str, str]) -> list[Fault]:
    faults = []
    protocol = settings.get("security.protocol", "PLAINTEXT")
    if "bootstrap.servers" not in settings:
        faults.append(_fault("bootstrap.servers", "is missing"))
    if protocol.startswith("SASL") and "sasl.mechanism" not in settings:
        faults.append(_fault("sasl.mechanism", f"is needed with {protocol}"))
    faults += [
        _fault(key, f"is needed with {settings['sasl.mechanism']}")
        for key in _needed_credentials(settings, protocol)
        if key not in settings
    ]
    if "ssl.key.pem" in settings and _key_unreadable(settings):
        faults.append(_fault("ssl.key.pem", "is not a private key that ssl.key.password opens"))
    return faults


def _needed_credentials(settings: Mapping[str, str], protocol: str) -> tuple[str, ...]:
    if not protocol.startswith("SASL") or "sasl.mechanism" not in settings:
        return ()
    if settings["sasl.mechanism"] != "OAUTHBEARER":
        return ("sasl.username", "sasl.password")
    names = ("method", "client.id", "client.secret", "token.endpoint.url")
    return tuple(f"sasl.oauthbearer.{name}" for name in names)


def _key_unreadable(settings: Mapping[str, str]) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    password = settings.get("ssl.key.password")
    try:
        serialization.load_pem_private_key(
            settings["ssl.key.pem"].encode(), password.encode() if password else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return True
    return False


def _production_faults(settings: Mapping[str, str], allow_plaintext: bool) -> list[Fault]:
    faults = []
    protocol = settings.get("security.protocol", "PLAINTEXT")
    here = all(_is_loopback(host) for host, _ in bootstrap_hosts(settings))
    if protocol in ("PLAINTEXT", "SASL_PLAINTEXT") and not (here or allow_plaintext):
        faults.append(_fault("security.protocol", "production needs SSL or SASL_SSL"))
    for key, weak in (
        ("ssl.endpoint.identification.algorithm", "none"),
        ("enable.ssl.certificate.verification", "false"),
    ):
        if settings.get(key) == weak:
            faults.append(_fault(key, f"“{weak}” is not accepted in production"))
    return faults


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.rstrip(".").lower() == "localhost"


def _host_port(entry: str) -> tuple[str, int] | None:
    match = HOST_PORT.fullmatch(entry)
    if match is None or not 1 <= int(match.group(3)) <= 65535:
        return None
    literal, name, port = match.groups()
    if literal is not None:
        try:
            return str(ipaddress.IPv6Address(literal)), int(port)
        except ValueError:
            return None
    return (name, int(port)) if HOST.fullmatch(name) else None


def _has_control(value: str, *, lines_allowed: bool) -> bool:
    spared = "\r\n" if lines_allowed else ""
    return any((ord(char) < 32 or ord(char) == 127) and char not in spared for char in value)


def _fault(key: str, problem: str) -> Fault:
    return Fault(_pointer(key), ClusterSettingRefused.code, f"{key}: {problem}")


def _pointer(key: str) -> str:
    return "/settings/" + clipped(key, 80).replace("~", "~0").replace("/", "~1")
