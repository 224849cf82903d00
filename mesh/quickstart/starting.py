"""The start, step by step: packages, services, migrations, people, programs, demo."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Collection
from pathlib import Path

from mesh.quickstart.application import (
    PROGRAMS,
    Addresses,
    application_environment,
    demo_environment,
    manage_launch,
    migrations_digest,
    program_launch,
    static_digest,
)
from mesh.quickstart.children import Child, mark_start, run_once
from mesh.quickstart.embedding import Embedding, Preparation
from mesh.quickstart.packages import compile_folders, keep_environment, keep_packages
from mesh.quickstart.places import give
from mesh.quickstart.ports import USUAL, PortTaken, choose
from mesh.quickstart.secrets import keep_people, keep_secrets
from mesh.quickstart.seeding import Demo
from mesh.quickstart.services.broker import CONNECT, Broker
from mesh.quickstart.services.contract import Service, ServiceFailed, Setting
from mesh.quickstart.services.postgres import Postgres
from mesh.quickstart.services.valkey import Valkey
from mesh.quickstart.state import write_json
from mesh.quickstart.steps import StepFailed
from mesh.quickstart.supervisor import Options, Supervisor
from mesh.quickstart.works import Work, Works

MANAGE_SECONDS = 180
PROGRAM_SECONDS = 90


class Start:
    """One start; every method is a step that a person sees."""

    def __init__(self, supervisor: Supervisor, options: Options, *, seeded: bool) -> None:
        self.supervisor = supervisor
        self.options = options
        self.seeded = seeded
        self.places = supervisor.places
        self.reporter = supervisor.reporter
        self.board = supervisor.board
        self.secrets = keep_secrets(self.places)
        self.new_people = not self.places.people.exists()
        self.people = keep_people(self.places)
        self.setting = Setting(self.places, self.board.ports, self.secrets)
        self.postgres = Postgres(self.setting)
        self.valkey = Valkey(self.setting)
        self.broker = Broker(self.setting)
        self.stamps = self.places.run / "stamps.json"
        self.environment: dict[str, str] = {}
        self.coming: list[Embedding] = []

    def everything(self) -> None:
        """All steps, each as soon as what it needs is there. Raises StepFailed or StopAsked."""
        self.environment_made()
        self.addresses()
        self.foundations()
        self.addresses(("web", "registry"))
        self.programs()
        self.demo()

    def environment_made(self) -> None:
        """The virtual environment, still empty: from here on anything can be fetched."""
        log = self.places.log / "packages.log"

        def make() -> None:
            keep_environment(self.places.checkout, log)

        preparation = Preparation(make)
        while not preparation.ended():
            self.supervisor.pause()
        if preparation.error is not None:
            raise _step_failed("Python packages", preparation.error, log)

    def addresses(self, names: Collection[str] = tuple(USUAL)) -> None:
        """Where everything will be; known before anything runs.

        The faces' ports are looked at once more: the packages may have taken minutes, and others start too.
        """
        try:
            self.board.ports.update(
                choose(
                    self.board.ports,
                    web=self.options.port,
                    address=self.options.listen,
                    names=names,
                )
            )
        except PortTaken as taken:
            raise StepFailed("Addresses", str(taken)) from taken
        found = Addresses(
            listen=self.options.listen,
            ports=self.board.ports,
            database=self.postgres.address(),
            redis=self.valkey.address(),
            kafka=self.broker.address(),
        )
        self.supervisor.addresses = found
        self.board.urls = {"web": found.web, "registry": found.registry, "kafka": found.kafka}
        self.environment = application_environment(self.places, self.secrets, found, os.environ)
        self.supervisor.record()

    def foundations(self) -> None:
        """Packages, services, static files and the database's content, side by side."""
        wanted: list[Service] = [self.postgres, self.valkey, self.broker]
        self.coming = [Embedding.of(service, self.supervisor.watcher) for service in wanted]
        works = Works(
            [
                self._work("packages", "Python packages", self._packages),
                self._work("bytecode", "Own code", self._bytecode),
                self._work("static", "Static files", self._static, "packages"),
                self._work(
                    "bootstrap",
                    "Tables and people",
                    self._content,
                    "packages",
                    "postgres",
                    "valkey",
                ),
            ]
        )
        while not works.over:
            self._advance_services()
            for work in works.advance({"postgres", "valkey"} - self._awaited()):
                if work.error is not None:
                    raise _step_failed(work.title, work.error, work.log)
                self.reporter.done(work.title, work.began, ended=work.ended_at)
            self.supervisor.pause()

    def _work(self, name: str, title: str, perform: Callable[[], None], *needs: str) -> Work:
        return Work(name, title, self.places.log / f"{name}.log", perform, frozenset(needs))

    def _awaited(self) -> set[str]:
        return {embedding.service.name for embedding in self.coming}

    def _advance_services(self) -> None:
        for embedding in list(self.coming):
            known = embedding.child
            embedding.advance()
            if embedding.child is not None and known is None:
                self.board.origins[embedding.service.name] = embedding.service.origin
                self.supervisor.add(embedding.child)
            if embedding.settled:
                self.coming.remove(embedding)
                self._settled(embedding)

    def _settled(self, embedding: Embedding) -> None:
        service, failure = embedding.service, embedding.failure
        self.board.origins[service.name] = service.origin
        if failure is None:
            if embedding.child is None:
                self.board.outside[service.name] = "external"
            self.reporter.done(service.title, embedding.began, _without_password(service))
            return
        log = self.places.log / f"{service.name}.log"
        remedy = failure.remedy or f"./quickstart logs {service.name}"
        if service is not self.broker:
            raise StepFailed(
                service.title, str(failure), log=log if embedding.child else None, remedy=remedy
            )
        self._without_broker(embedding, str(failure))

    def _without_broker(self, embedding: Embedding, reason: str) -> None:
        """Catalogue and registry start all the same; the cluster shows UNKNOWN."""
        if embedding.child is not None:
            embedding.child.kill()
            self.supervisor.children.pop("kafka", None)
        self.board.outside["kafka"] = "failed"
        self.board.troubles["kafka"] = reason
        self.reporter.warn(
            "Kafka", reason, f"{CONNECT}   (everything else starts; the cluster shows UNKNOWN)"
        )

    def _packages(self) -> None:
        keep_packages(self.places.checkout, self.places.log / "packages.log")

    def _bytecode(self) -> None:
        """While the packages come: two programs begin after them, and would compile the same side by side."""
        rooms = sorted({path.parent for path in self.places.checkout.glob("*/apps.py")})
        folders = [self.places.checkout / "mesh", *rooms]
        compile_folders(Path(sys.executable), folders, self.places.log / "bytecode.log")

    def _static(self) -> None:
        wanted = static_digest(self.places.checkout)
        if self._stamp("static") == wanted and (self.places.data / "static").exists():
            return
        (self.places.data / "static").mkdir(exist_ok=True)
        give(self.places.data / "static", self.places.application_account)
        self._manage("static", "collectstatic", "--noinput", "--clear", "--verbosity", "0")
        self._stamp("static", wanted)

    def _content(self) -> None:
        """Tables, people, environment, cluster and policies in one program; harmless to repeat.

        Migrations are skipped when nothing changed since they were last applied to our own database.
        """
        wanted = migrations_digest(self.places.checkout)
        words = ["bootstrap", "--quickstart", "--people", str(self.places.people)]
        if self.postgres.url or self._stamp("migrations") != wanted:
            words.append("--migrate")
        self._manage("bootstrap", *words)
        self._stamp("migrations", wanted)

    def programs(self) -> None:
        """Web, registry, worker and beat, side by side; ready when both faces say so.

        A broker that is slow to come is awaited here, not before.
        """
        addresses = self.supervisor.addresses
        assert addresses is not None
        began = time.monotonic()
        for program in PROGRAMS:
            launch = program_launch(self.places, program, addresses, self.environment)
            child = Child(launch, self.supervisor.watcher)
            child.start()
            self.supervisor.add(child)
        faces = {"web": ("Web", addresses.web), "registry": ("Schema registry", addresses.registry)}
        while faces or self.coming:
            self._advance_services()
            for name, (title, url) in list(faces.items()):
                if self.supervisor.is_ready(name, f"{url}/readyz", began, PROGRAM_SECONDS):
                    self.reporter.done(title, began, url)
                    del faces[name]
            self.supervisor.pause(0.1)
        for name in ("worker", "beat"):
            child = self.supervisor.children[name]
            if child.ended():
                reason = f"it ended with code {child.exit_code} while starting"
                raise StepFailed(
                    name, reason, log=child.launch.log, remedy=f"./quickstart logs {name}"
                )

    def demo(self) -> None:
        """Seed in the background, unless switched off or the broker is not ours."""
        why_not = self._why_no_demo()
        if why_not:
            if self.options.demo is not False:
                self.reporter.warn("Demo", why_not)
            self.board.demo = {"state": "seeded" if self.seeded else "off", "reason": why_not}
            return
        assert self.supervisor.addresses is not None
        environment = demo_environment(self.places, self.supervisor.addresses, os.environ)
        supervisor = self.supervisor
        demo = Demo(
            self.places, environment, supervisor.watcher, supervisor.add, self.places.python
        )
        demo.begin(seeded=self.seeded)
        self.supervisor.demo = demo
        self.board.demo = {"state": demo.state, **({"reason": demo.reason} if demo.reason else {})}

    def _why_no_demo(self) -> str:
        if self.options.demo is False:
            return "off as asked with --no-demo"
        if "kafka" in self.board.troubles:
            return "off: it needs a broker"
        if self.broker.url and not self.options.demo:
            return "off: it would make topics on the broker you gave; ask for it with --demo"
        return ""

    def _manage(self, name: str, *words: str) -> None:
        launch = manage_launch(self.places, self.environment, name, *words)
        mark_start(launch.log, name)
        code, _said = run_once(launch, MANAGE_SECONDS)
        if code != 0:
            raise ServiceFailed(
                f"manage.py {words[0]} ended with code {code}", f"./quickstart logs {name}"
            )

    def _stamp(self, name: str, value: str | None = None) -> str:
        """Read a stamp, or write it when a value is given."""
        try:
            stamps: dict[str, str] = json.loads(self.stamps.read_text())
        except (OSError, ValueError):
            stamps = {}
        if value is not None:
            write_json(self.stamps, {**stamps, name: value})
        return stamps.get(name, "")


def _step_failed(title: str, error: BaseException, log: Path) -> StepFailed:
    remedy = getattr(error, "remedy", "") or "./quickstart doctor"
    return StepFailed(title, str(error), log=log, remedy=remedy)


def _without_password(service: Service) -> str:
    address = service.address()
    _scheme, mark, rest = address.rpartition("@")
    place = rest if mark else address
    return f"{place.split('/')[0]}   {service.origin}"
