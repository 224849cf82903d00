"""What crosses the pipe comes out as it went in, and nothing foreign gets through."""

from __future__ import annotations

import json
import os

import pytest

from mesh.kernel import clock
from streams.kafka import wire
from streams.kafka.pipe import FramePipe, PipeClosed, TooLate
from streams.kafka.results import (
    Committed,
    Found,
    Known,
    ProbeAnswer,
    RawRecord,
    Reason,
    Tail,
    Unknown,
)

VALUES = [
    None,
    True,
    12,
    "text \ud800",
    b"\x00\xff",
    ("a", 1, ()),
    {("t", 0): Known(5, 1, 2), ("t", 1): Unknown(Reason.TIMEOUT, "late")},
    Known(Committed("g", {("t", 0): None}, {("t", 1): Unknown(Reason.DENIED)}), 1, 2),
    ProbeAnswer(Found.OUT_OF_RANGE, None),
    Tail("t", (RawRecord(0, 1, None, "None", None, b"v", (("h", None),)),), "END", (3,)),
]


@pytest.mark.parametrize("value", VALUES, ids=[str(number) for number in range(len(VALUES))])
def test_values_come_out_as_they_went_in(value: object) -> None:
    frame = wire.pack({"value": value})
    assert wire.body_length(frame[:4]) == len(frame) - 4
    back = wire.unpack(frame[4:])["value"]
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"nonsense",
        json.dumps({"x": {"record": "Popen", "is": ["ls"]}}).encode(),
        json.dumps({"x": {"record": "Unknown", "is": []}}).encode(),
        json.dumps({"x": {"word": "Reason", "is": "NONE"}}).encode(),
        json.dumps({"x": {"bytes": "%"}}).encode(),
        json.dumps({"x": {"map": [1]}}).encode(),
        json.dumps({"x": {"map": [[{"map": []}, 1]]}}).encode(),
        json.dumps({"x": {"other": 1}}).encode(),
    ],
)
def test_foreign_frames_are_refused(body: bytes) -> None:
    with pytest.raises(wire.BadFrame):
        wire.unpack(body)


def test_a_frame_that_claims_to_be_huge_is_refused() -> None:
    with pytest.raises(wire.BadFrame):
        wire.body_length(b"\xff\xff\xff\xff")


def test_other_objects_do_not_cross() -> None:
    with pytest.raises(TypeError):
        wire.pack({"value": object()})


def test_a_silent_or_full_pipe_ends_at_its_moment() -> None:
    read_end, write_end = os.pipe()
    pipe = FramePipe(read_end, write_end)
    with pytest.raises(TooLate):
        pipe.receive(clock.monotonic() + 0.05)
    with pytest.raises(TooLate):
        pipe.send(b"x" * 1_000_000, clock.monotonic() + 0.05)
    os.close(read_end)
    with pytest.raises(PipeClosed):
        pipe.send(b"x", clock.monotonic() + 1)
    os.close(write_end)


def test_a_closed_pipe_is_seen_at_once() -> None:
    read_end, write_end = os.pipe()
    pipe = FramePipe(read_end, os.dup(write_end))
    os.close(write_end)
    os.close(pipe.write_end)
    with pytest.raises(PipeClosed):
        pipe.receive(clock.monotonic() + 1)
    os.close(read_end)
