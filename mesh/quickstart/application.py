"""The application's programs as a table, and the environment they are given."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mesh.quickstart.children import Launch
from mesh.quickstart.places import Places
from mesh.quickstart.secrets import Secrets

WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}


@dataclass(frozen=True, slots=True)
class Program:
    """One row of the table; braces in the words are filled with ports and addresses."""

    name: str
    title: str
    words: tuple[str, ...]
    role: str
    grace_seconds: float


PROGRAMS = (
    Program(
        "web",
        "Web",
        (
            "-m",
            "gunicorn",
            "-c",
            "mesh/gunicorn.py",
            "mesh.wsgi:application",
            "--bind",
            "{listen}:{web}",
        ),
        "web",
        10,
    ),
    Program(
        "registry",
        "Schema registry",
        (
            *("-m", "uvicorn", "mesh.registry_asgi:application", "--host", "{bare_listen}"),
            *("--port", "{registry}", "--no-access-log", "--timeout-graceful-shutdown", "5"),
        ),
        "registry",
        10,
    ),
    Program(
        "worker",
        "Worker",
        (
            *("-m", "celery", "-A", "mesh.celery", "worker", "-Q", "streams,schemas,default"),
            *("--concurrency", "2", "--pool", "prefork", "--loglevel", "WARNING"),
        ),
        "worker",
        20,
    ),
    Program("beat", "Beat", ("manage.py", "beat"), "beat", 5),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything of one start is found."""

    listen: str
    ports: Mapping[str, int]
    database: str
    redis: str
    kafka: str

    @property
    def host(self) -> str:
        """The host that a browser on this machine uses."""
        plain = WILDCARDS.get(self.listen, self.listen)
        return f"[{plain}]" if ":" in plain and not plain.startswith("[") else plain

    @property
    def web(self) -> str:
        """The web's URL."""
        return f"http://{self.host}:{self.ports['web']}"

    @property
    def registry(self) -> str:
        """The schema registry's URL."""
        return f"http://{self.host}:{self.ports['registry']}"


def application_environment(
    places: Places, secrets: Secrets, addresses: Addresses, variables: Mapping[str, str]
) -> dict[str, str]:
    """What every program of the application reads; the caller's own variables stay visible to it."""
    private = addresses.listen in ("127.0.0.1", "::1", "localhost")
    own = {
        "DATABASE_URL": addresses.database,
        "REDIS_URL": addresses.redis,
        "KAFKA_BOOTSTRAP": addresses.kafka,
        "SECRET_KEY": secrets.secret_key,
        "MESH_FIELD_KEYS": secrets.field_keys,
        "MESH_BASE_URL": addresses.web,
        "MESH_REGISTRY_URL": addresses.registry,
        "MESH_QUICKSTART": "true",
        "MESH_DATA": str(places.data),
        "MESH_EGRESS_ALLOW": addresses.kafka,
        "MESH_STATIC_ROOT": str(places.data / "static"),
        "MESH_STATIC_COLLECTED": "true",
        "PYTHONUNBUFFERED": "1",
    }
    defaults = {"MESH_SWEEP_INTERVAL_S": "5"}
    if not private:
        defaults |= {"MESH_ANONYMOUS_REGISTRY_READ": "false", "MESH_OPEN_REGISTRATION": "false"}
        defaults["MESH_HOSTS"] = "*" if addresses.listen in WILDCARDS else addresses.listen
    return {**defaults, **variables, **own}


def demo_environment(
    places: Places, addresses: Addresses, variables: Mapping[str, str]
) -> dict[str, str]:
    """What the seed and the demo's programs read: public addresses and the people's keys, no secrets."""
    kept = {
        name: value
        for name, value in variables.items()
        if name not in ("SECRET_KEY", "DATABASE_URL")
    }
    return {
        **kept,
        "TRIBUTARY_URL": addresses.web,
        "TRIBUTARY_REGISTRY_URL": addresses.registry,
        "KAFKA_BOOTSTRAP": addresses.kafka,
        "TRIBUTARY_PEOPLE_FILE": str(places.people),
        "MESH_DATA": str(places.data),
        "PYTHONUNBUFFERED": "1",
    }


def program_launch(
    places: Places, program: Program, addresses: Addresses, environment: Mapping[str, str]
) -> Launch:
    """How one row of the table is started."""
    bare = addresses.listen.strip("[]")
    listen = f"[{bare}]" if ":" in bare else bare
    filled = tuple(
        word.format(listen=listen, bare_listen=bare, **addresses.ports) for word in program.words
    )
    return Launch(
        name=program.name,
        command=(str(places.python), *filled),
        cwd=places.checkout,
        environment={**environment, "MESH_ROLE": program.role},
        log=places.log / f"{program.name}.log",
        account=places.application_account,
        grace_seconds=program.grace_seconds,
    )


def manage_launch(places: Places, environment: Mapping[str, str], name: str, *words: str) -> Launch:
    """How one management command is run."""
    return Launch(
        name=name,
        command=(str(places.python), "manage.py", *words),
        cwd=places.checkout,
        environment={**environment, "MESH_ROLE": "migrate"},
        log=places.log / f"{name}.log",
        account=places.application_account,
    )


def migrations_digest(checkout: Path) -> str:
    """Changes whenever a migration, its SQL or a dependency changes."""
    rooms = [*checkout.glob("*/migrations/*"), *checkout.glob("mesh/*/migrations/*")]
    return digest([*rooms, checkout / "requirements.txt"])


def static_digest(checkout: Path) -> str:
    """Changes whenever a static file or a dependency that brings some changes."""
    return digest(
        [
            *(checkout / "static").rglob("*"),
            checkout / "requirements.txt",
            checkout / "mesh/settings.py",
        ]
    )


def digest(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of files."""
    whole = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file() and path.suffix != ".pyc":
            whole.update(str(path).encode())
            whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()
