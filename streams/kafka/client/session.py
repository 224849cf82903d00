"""One conversation with a cluster inside the child: client, deadline, clock and first contact."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from typing import Any

from confluent_kafka import KafkaError
from confluent_kafka.admin import AdminClient

from mesh.kernel import clock
from streams.kafka import settings as cluster_settings
from streams.kafka.client import reasons
from streams.kafka.results import Known, Reason, Unknown

CONTACT_S = 2.0
CALL_S = 5.0
LONG_REQUEST_S = 60.0  # coordinator calls must not time out inside the library: it may abort
NOTES_LIMIT = 20


class Session:
    """The client of one cluster and the request being served; one request at a time."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.settings = settings
        self.client: Any = None
        self.names_seen: set[str] = set()
        self.begin(0.0, 0, 0.0)

    def begin(self, until: float, base_ms: int, base_monotonic: float) -> None:
        """Start a request that must have answered by `until` on the monotonic clock."""
        self.until = until
        self.base_ms = base_ms
        self.base_monotonic = base_monotonic
        self.timed_out = False
        self.reached = False
        self.notes: list[str] = []
        self.error_codes: set[int] = set()
        self.metadata: Any = None
        self.contact_ms = base_ms

    def now_ms(self) -> int:
        """The caller's clock now: its base plus what has passed since."""
        return self.base_ms + int((clock.monotonic() - self.base_monotonic) * 1000)

    def remaining(self) -> float:
        """Seconds left of the request."""
        return max(0.0, self.until - clock.monotonic())

    def call_s(self, longest: float = CALL_S) -> float:
        """Seconds one call may take."""
        return max(0.1, min(longest, self.remaining() - 0.1))

    def timeout(self) -> Unknown:
        """Note that something was not answered in time; the caller then throws this child away."""
        self.timed_out = True
        return reasons.unknown(Reason.TIMEOUT)

    def failure(self, error: BaseException) -> Unknown:
        """An Unknown for a raised error; time-outs are noted."""
        answer = reasons.from_exception(error)
        if answer.reason in (Reason.TIMEOUT, Reason.UNREACHABLE):
            self.timed_out = True
        self.note(error)
        return answer

    def note(self, text: object) -> None:
        """Keep the library's own words for the caller's log, a few lines at most."""
        line = " ".join(str(text).split())[:300]
        told = any(line[:80] == other[:80] for other in self.notes)
        if not told and len(self.notes) < NOTES_LIMIT:
            self.notes.append(line)

    def connect(self) -> Unknown | None:
        """First contact: a TCP connection, then metadata. None = reached; sets `metadata`."""
        refused = self._knock()
        if refused is None:
            refused = self._ask_metadata()
        if refused is not None:
            self.client = None
        return refused

    def stamped(self, value: Any, asked_ms: int) -> Known[Any]:
        """A Known answered now."""
        return Known(value, asked_ms, self.now_ms())

    def _knock(self) -> Unknown | None:
        last = reasons.unknown(Reason.UNREACHABLE)
        for address in cluster_settings.bootstrap_hosts(self.settings):
            try:
                socket.create_connection(address, timeout=self.call_s(CONTACT_S)).close()
                return None
            except socket.gaierror:
                last = reasons.unknown(Reason.UNREACHABLE, "The host name cannot be resolved.")
            except TimeoutError:
                last = reasons.unknown(Reason.UNREACHABLE, "The address does not answer.")
            except OSError:
                last = reasons.unknown(Reason.UNREACHABLE, "The address refuses connections.")
            if self.remaining() < 0.2:
                break
        return last

    def _ask_metadata(self) -> Unknown | None:
        try:
            # a client's truth value is the length of its queue: compare with None
            client = self._new_client() if self.client is None else self.client
        except Exception as error:
            self.note(error)
            return reasons.unknown(Reason.PROTOCOL, "The client cannot be built from the settings.")
        self.client = client
        told: dict[str, Any] = {}
        asker = threading.Thread(target=self._list, args=(client, told), daemon=True)
        asker.start()
        while asker.is_alive():
            asker.join(0.01)
            client.poll(0)
            if KafkaError._AUTHENTICATION in self.error_codes:
                self.timed_out = True
                return reasons.unknown(Reason.AUTH)
            if KafkaError._SSL in self.error_codes:
                self.timed_out = True
                return reasons.unknown(Reason.AUTH, "The TLS connection failed.")
        self.metadata = told.get("metadata")
        if self.metadata is not None:
            self.reached = True
            return None
        self.timed_out = True
        return self._contact_failure(told.get("error"))

    def _list(self, client: Any, told: dict[str, Any]) -> None:
        self.contact_ms = self.now_ms()
        try:
            told["metadata"] = client.list_topics(timeout=self.call_s(CONTACT_S))
        except Exception as error:
            told["error"] = error
            self.note(error)

    def _contact_failure(self, error: object) -> Unknown:
        if any("ApiVersion" in note or "Receive failed" in note for note in self.notes):
            return reasons.unknown(
                Reason.PROTOCOL,
                "The address answers, but not as a broker does with these settings.",
            )
        if KafkaError._ALL_BROKERS_DOWN in self.error_codes:
            return reasons.unknown(
                Reason.PROTOCOL, "The address closes our connections: check the security protocol."
            )
        return reasons.unknown(Reason.TIMEOUT, "The address accepts connections but stays silent.")

    def _new_client(self) -> Any:
        chosen: dict[str, Any] = {
            **cluster_settings.client_settings(self.settings, "mesh"),
            "error_cb": self._on_error,
        }
        return AdminClient(chosen)

    def _on_error(self, error: Any) -> None:
        self.error_codes.add(error.code())
        self.note(error.str())
