"""H14: governance fills the registration gate at start; without it the start is refused."""

from __future__ import annotations

from django.core import checks

from schemas import ports


def gate_errors() -> list[str]:
    return [
        str(message.id)
        for message in checks.run_checks()
        if message.level >= checks.ERROR and str(message.id).startswith("schemas.")
    ]


def test_the_gate_is_filled_by_governance() -> None:
    gate = ports.current_gate()
    assert gate is not None
    assert getattr(gate, "__module__", type(gate).__module__).startswith("governance")
    assert gate_errors() == []


def test_an_empty_gate_refuses_the_start() -> None:
    gate = ports.current_gate()
    try:
        ports.set_gate(None)
        assert gate_errors() == ["schemas.E001"]
    finally:
        ports.set_gate(gate)
