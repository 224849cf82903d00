"""Subject names: which context they live in, which are allowed, how they are shown."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from mesh.kernel.errors import clipped
from schemas.errors import InvalidSubjectName

DEFAULT_CONTEXT: Final = "."
LONGEST_NAME: Final = 512
RESERVED: Final = frozenset({"__GLOBAL", "__EMPTY"})
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
_QUALIFIED = re.compile(r":(\.[^:]*):(.*)", re.DOTALL)
LONGEST_CONTEXT: Final = 255


@dataclass(frozen=True, slots=True)
class SubjectName:
    """A subject's name inside its context."""

    context: str
    name: str

    @property
    def qualified(self) -> str:
        """The name as clients see it: plain in the default context, else `:.context:name`."""
        return self.name if self.context == DEFAULT_CONTEXT else f":{self.context}:{self.name}"

    def __str__(self) -> str:
        return self.qualified


def subject_name(text: str, context: str = DEFAULT_CONTEXT) -> SubjectName:
    """A name read from text; the text's own `:.context:` wins over `context`."""
    match = _QUALIFIED.fullmatch(text)
    return SubjectName(match.group(1), match.group(2)) if match else SubjectName(context, text)


def valid_subject_name(text: str, context: str = DEFAULT_CONTEXT) -> SubjectName:
    """The same for a subject that is written to. Raises InvalidSubjectName."""
    subject = subject_name(text, context)
    fault = _fault(subject)
    if fault:
        raise InvalidSubjectName(f"The subject {clipped(text)} is not allowed: {fault}.")
    return subject


def is_storable(text: str) -> bool:
    """Could a row have this name at all? PostgreSQL keeps neither U+0000 nor lone surrogates."""
    return "\x00" not in text and not _SURROGATE.search(text)


def _fault(subject: SubjectName) -> str:
    name = subject.name
    if not name:
        return "it is empty"
    if len(name) > LONGEST_NAME or len(subject.context) > LONGEST_CONTEXT:
        return f"it is longer than {LONGEST_NAME} characters"
    if _CONTROL.search(name + subject.context) or _SURROGATE.search(name + subject.context):
        return "it holds a control character"
    if name in RESERVED or subject.context == ".__GLOBAL":
        return "the name is reserved"
    return ""
