"""From the client library's error codes to our reasons and our words."""

from __future__ import annotations

from confluent_kafka import KafkaError, KafkaException

from streams.kafka.results import Reason, Unknown

WORDS = {
    Reason.TIMEOUT: "The broker did not answer in time.",
    Reason.UNREACHABLE: "The broker cannot be reached.",
    Reason.AUTH: "The broker refused our credentials.",
    Reason.DENIED: "Our principal may not see this.",
    Reason.NOT_FOUND: "The broker knows nothing with this name.",
    Reason.RETRIABLE: "No broker answers for this at the moment; ask again.",
    Reason.UNSUPPORTED: "The broker does not offer this call.",
    Reason.PROTOCOL: "The broker gave an answer we do not understand.",
    Reason.NO_COORDINATOR: "No broker leads the partition that keeps this group's commits.",
}
NAMES: dict[Reason, tuple[str, ...]] = {
    Reason.TIMEOUT: ("_TIMED_OUT", "REQUEST_TIMED_OUT", "_TIMED_OUT_QUEUE"),
    Reason.UNREACHABLE: ("_TRANSPORT", "_ALL_BROKERS_DOWN", "_RESOLVE", "BROKER_NOT_AVAILABLE"),
    Reason.AUTH: ("_AUTHENTICATION", "SASL_AUTHENTICATION_FAILED", "_SSL"),
    Reason.DENIED: (
        "TOPIC_AUTHORIZATION_FAILED",
        "GROUP_AUTHORIZATION_FAILED",
        "CLUSTER_AUTHORIZATION_FAILED",
        "TRANSACTIONAL_ID_AUTHORIZATION_FAILED",
    ),
    Reason.NOT_FOUND: ("UNKNOWN_TOPIC_OR_PART", "_UNKNOWN_TOPIC", "GROUP_ID_NOT_FOUND"),
    Reason.RETRIABLE: (
        # also said of partitions that are hidden from us, so it never proves absence
        "_NOENT",
        "_UNKNOWN_PARTITION",
        "LEADER_NOT_AVAILABLE",
        "NOT_LEADER_FOR_PARTITION",
        "COORDINATOR_LOAD_IN_PROGRESS",
        "COORDINATOR_NOT_AVAILABLE",
        "NOT_COORDINATOR",
        "REPLICA_NOT_AVAILABLE",
        "FENCED_LEADER_EPOCH",
        "UNKNOWN_LEADER_EPOCH",
        "OFFSET_NOT_AVAILABLE",
        "KAFKA_STORAGE_ERROR",
        "UNSTABLE_OFFSET_COMMIT",
        "NETWORK_EXCEPTION",
    ),
    Reason.UNSUPPORTED: ("UNSUPPORTED_VERSION", "_UNSUPPORTED_FEATURE", "_NOT_IMPLEMENTED"),
}
CODES = {
    getattr(KafkaError, name): reason
    for reason, names in NAMES.items()
    for name in names
    if hasattr(KafkaError, name)
}


def unknown(reason: Reason, detail: str = "") -> Unknown:
    """An Unknown with our words for the reason."""
    return Unknown(reason, detail or WORDS.get(reason, ""))


def reason_of(error: KafkaError) -> Reason:
    """Our reason for a library or broker error."""
    return CODES.get(error.code(), Reason.PROTOCOL)


def from_error(error: KafkaError) -> Unknown:
    """An Unknown for a library or broker error."""
    reason = reason_of(error)
    return unknown(reason, f"{WORDS[reason]} ({error.name()})")


def from_exception(error: BaseException) -> Unknown:
    """An Unknown for whatever a call raised."""
    if isinstance(error, KafkaException) and isinstance(error.args[0], KafkaError):
        return from_error(error.args[0])
    if isinstance(error, TimeoutError):
        return unknown(Reason.TIMEOUT)
    return unknown(Reason.PROTOCOL, "The client library refused this question.")
