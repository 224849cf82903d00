"""JSON read with bounds: size, depth, nodes, duplicate keys, numbers and characters we can store."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from mesh.kernel.errors import BodyTooLarge, MalformedRequest

MAX_DEPTH = 64
MAX_NODES = 200_000
INTEGER_LIMIT = 2**63
_SURROGATE = re.compile("[\ud800-\udfff]")


def read(body: bytes, *, limit_bytes: int = 1024 * 1024, depth: int = MAX_DEPTH) -> object:
    """The JSON value of a body. Raises MalformedRequest or BodyTooLarge; never anything else."""
    if len(body) > limit_bytes:
        raise BodyTooLarge(f"The body has {len(body)} bytes; {limit_bytes} are allowed.")
    try:
        value: object = json.loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse
        )
    except UnicodeDecodeError as error:
        raise MalformedRequest(f"The body is not UTF-8 (byte {error.start}).") from error
    except RecursionError as error:
        raise MalformedRequest(f"The body is nested deeper than {depth} levels.") from error
    except json.JSONDecodeError as error:
        raise MalformedRequest(
            f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}."
        ) from error
    except ValueError as error:
        raise MalformedRequest(f"The body is not acceptable JSON: {str(error)[:200]}.") from error
    _walk(value, depth)
    return value


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key appears twice in one object")
    return result


def _refuse(word: str) -> object:
    raise ValueError(f"{word} is not a JSON number")


def _walk(value: object, depth: int) -> None:
    """Check depth, node count, numbers and characters without recursion."""
    stack: list[tuple[object, int, str]] = [(value, 1, "")]
    nodes = 0
    while stack:
        item, level, pointer = stack.pop()
        nodes += 1
        if nodes > MAX_NODES:
            raise MalformedRequest(f"The body holds more than {MAX_NODES} values.")
        if level > depth:
            raise MalformedRequest(f"The body is nested deeper than {depth} levels.")
        if isinstance(item, dict):
            for key, member in item.items():
                _check_scalar(key, pointer)
                stack.append((member, level + 1, f"{pointer}/{key[:40]}"))
        elif isinstance(item, list):
            stack.extend(
                (member, level + 1, f"{pointer}/{index}") for index, member in enumerate(item)
            )
        else:
            _check_scalar(item, pointer)


def _check_scalar(item: object, pointer: str) -> None:
    if isinstance(item, str):
        if "\x00" in item:
            raise MalformedRequest("Text may not hold the character U+0000.", pointer=pointer)
        if _SURROGATE.search(item):
            raise MalformedRequest("Text may not hold a lone surrogate.", pointer=pointer)
    elif isinstance(item, bool) or item is None:
        return
    elif isinstance(item, int) and not -INTEGER_LIMIT <= item < INTEGER_LIMIT:
        raise MalformedRequest("A whole number is larger than 64 bits.", pointer=pointer)
    elif isinstance(item, float) and math.isinf(item):
        raise MalformedRequest("A number is too large.", pointer=pointer)
