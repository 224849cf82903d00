"""Apache Kafka for one quick start: one node that is broker and controller."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from mesh.quickstart.children import Launch
from mesh.quickstart.places import give
from mesh.quickstart.services.contract import ServiceFailed, Setting
from mesh.quickstart.services.jars import jar_folder
from mesh.quickstart.services.java import Java, find_java
from mesh.quickstart.services.wire import kafka_unready, reachable

CONNECT = "KAFKA_BOOTSTRAP=host:9092 ./quickstart"
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={folder}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
share.coordinator.state.topic.num.partitions=5
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
log.cleaner.dedupe.buffer.size=8388608
num.network.threads=2
num.io.threads=4
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
allow.everyone.if.no.acl.found=true
"""
# Quick retention and expiry, so that tests can wait for them.
TEST_PROPERTIES = """log.retention.check.interval.ms=1000
log.initial.task.delay.ms=500
offsets.retention.check.interval.ms=1000
group.consumer.heartbeat.interval.ms=1000
group.consumer.min.heartbeat.interval.ms=1000
"""
FLAGS = (
    "-Xms32m",
    "-Xmx256m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-XX:-UsePerfData",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS",
)


class Broker:
    """The streaming broker that the demo lives on."""

    name, title = "kafka", "Kafka"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.origin = ""
        self.url = setting.variables.get("KAFKA_BOOTSTRAP", "")

    def address(self) -> str:
        """The bootstrap servers the application connects to."""
        return self.url or f"127.0.0.1:{self.setting.ports['kafka']}"

    def unready(self) -> str:
        """Why it does not answer yet; empty when it does. A given broker may speak TLS: only reached."""
        host, _, port = self.address().split(",")[0].rpartition(":")
        if not host or not port.isdigit():
            return f"{self.address()!r} is not of the form host:port"
        if self.url:
            return reachable(host.strip("[]"), int(port))
        return kafka_unready(host, int(port))

    def prepare(self) -> Launch | None:
        """Find Java and the jars, write the configuration, format the folder once."""
        if self.url:
            self.origin = "KAFKA_BOOTSTRAP"
            reason = self.unready()
            if reason:
                raise ServiceFailed(f"KAFKA_BOOTSTRAP names {self.url}: {reason}", CONNECT)
            return None
        try:
            java = find_java(self.setting)
            libraries, origin = jar_folder(self.setting)
        except ServiceFailed as failure:
            raise ServiceFailed(str(failure), failure.remedy or CONNECT) from failure
        self.origin = f"{origin}, {java.origin}"
        folder = self.setting.places.service_folder("kafka")
        properties = self._write_properties(folder)
        self._format(java, libraries, folder, properties)
        return Launch(
            name=self.name,
            command=self._java(java, libraries, "kafka.Kafka", str(properties)),
            cwd=folder,
            environment=self.setting.environment(),
            log=self.setting.places.log / "kafka.log",
            account=self.setting.places.service_account,
            umask=0o077,
        )

    def _write_properties(self, folder: Path) -> Path:
        properties = folder / "server.properties"
        text = PROPERTIES.format(
            port=self.setting.ports["kafka"],
            controller=self.setting.ports["controller"],
            folder=folder / "log",
        )
        properties.write_text(text + (TEST_PROPERTIES if self.setting.for_tests else ""))
        give(properties, self.setting.places.service_account)
        return properties

    def _format(self, java: Java, libraries: Path, folder: Path, properties: Path) -> None:
        if (folder / "log" / "meta.properties").exists():
            return
        cluster = base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("=")
        # A leading hyphen would be read as an option.
        cluster = cluster.replace("-", "A").replace("_", "B")
        words = ("format", "-t", cluster, "-c", str(properties), "--ignore-formatted")
        command = self._java(java, libraries, "kafka.tools.StorageTool", *words)
        code, said = self.setting.say(self.name, *command, timeout_seconds=60)
        if code != 0:
            reason = said.strip().splitlines()[-1] if said.strip() else f"exit code {code}"
            raise ServiceFailed(f"the folder of Kafka could not be formatted: {reason}", CONNECT)

    def _java(self, java: Java, libraries: Path, *words: str) -> tuple[str, ...]:
        return (str(java.program), *FLAGS, *java.flags(), "-cp", f"{libraries}/*", *words)
