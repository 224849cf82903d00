"""Settings are read with their type, and a mistake stops the start with the setting's name."""

from __future__ import annotations

from pathlib import Path

import pytest

from mesh.kernel.env import Environment, SettingError


def test_durations_and_sizes_accept_units() -> None:
    env = Environment({"A": "15m", "B": "512MiB", "C": "90"})
    assert env.seconds("A", 0) == 900
    assert env.size_bytes("B", 0) == 512 * 1024 * 1024
    assert env.seconds("C", 0) == 90


@pytest.mark.parametrize(
    ("name", "value", "reader"),
    [
        ("MESH_DEBUG", "maybe", "boolean"),
        ("MESH_WEB_THREADS", "8x", "integer"),
        ("MESH_WAIT", "5 weeks", "seconds"),
        ("MESH_BODY", "lots", "size_bytes"),
    ],
)
def test_unreadable_value_names_the_setting(name: str, value: str, reader: str) -> None:
    env = Environment({name: value})
    with pytest.raises(SettingError, match=name):
        getattr(env, reader)(name, 1)


def test_out_of_range_says_the_range() -> None:
    with pytest.raises(SettingError, match="between 5 and 900"):
        Environment({"MESH_SWEEP_INTERVAL_S": "4"}).integer(
            "MESH_SWEEP_INTERVAL_S", 60, low=5, high=900
        )


def test_secret_from_a_file_and_never_both(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("s3cret\n")
    assert Environment({"KEY_FILE": str(path)}).secret("KEY") == "s3cret"
    with pytest.raises(SettingError, match="both"):
        Environment({"KEY_FILE": str(path), "KEY": "x"}).secret("KEY")
    with pytest.raises(SettingError, match="KEY_FILE"):
        Environment({"KEY_FILE": str(tmp_path / "none")}).secret("KEY")


def test_unknown_setting_is_refused_with_the_nearest_name() -> None:
    env = Environment({"MESH_SWEPE_INTERVAL_S": "5"})
    env.integer("MESH_SWEEP_INTERVAL_S", 60)
    with pytest.raises(SettingError, match="did you mean MESH_SWEEP_INTERVAL_S"):
        env.refuse_unknown("MESH_")
