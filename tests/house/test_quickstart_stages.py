"""The test run judges itself rightly: a failure fails, and under --strict a skip does too."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stages import STAGES, Outcome, _conclude, _count, _parse

REPORT = """<testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>"""


def test_report_is_counted(tmp_path: Path) -> None:
    (tmp_path / "rooms.xml").write_text(REPORT)
    counted = _count("rooms", tmp_path / "rooms.xml")
    assert (counted.passed, counted.failed, counted.skipped) == (3, 3, 3)


@pytest.mark.parametrize(
    ("failed", "skipped", "strict", "code"),
    [(0, 0, True, 0), (0, 1, False, 0), (0, 1, True, 1), (1, 0, False, 1)],
)
def test_exit_code_and_last_line(
    capsys: pytest.CaptureFixture[str], failed: int, skipped: int, strict: bool, code: int
) -> None:
    rows = [Outcome("rules", 1.0, 5), Outcome("rooms", 2.0, 4, failed, skipped, ["a remark"])]
    assert _conclude(rows, 3.0, strict=strict) == code
    said = capsys.readouterr().out
    assert said.splitlines()[-1] == f"9 passed, {failed} failed, {skipped} skipped"
    assert "a remark" in said


def test_words_after_the_stage_go_to_pytest() -> None:
    asked, words = _parse(["rooms", "--strict", "-k", "lag", "-x"])
    assert (asked.stage, asked.strict, words) == ("rooms", True, ["-k", "lag", "-x"])
    assert _parse([])[0].stage == "all"


def test_unknown_stage_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        _parse(["roms"])
    assert refused.value.code == 2
    assert "no stage named 'roms'" in capsys.readouterr().err


def test_every_stage_but_the_checks_has_a_folder() -> None:
    tests = Path(__file__).resolve().parents[1]
    assert [stage for stage in STAGES[1:] if not (tests / stage).is_dir()] == []
