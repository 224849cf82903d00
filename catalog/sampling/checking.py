"""What a sample of a topic says about its schema ids: known, of this topic, readable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from catalog.models import TopicSubject
from catalog.sampling.decoding import BAD_CHILD, decode
from catalog.sampling.framing import Framed, unframe
from schemas.queries import decodable_text, subjects_of_schema
from streams.kafka.results import RawRecord
from streams.models import Topic

BAD = ("unknown_id", "foreign", "unframed", "undecodable")
WORDS = {
    "unknown_id": "schema {id} is not in the registry",
    "foreign": "schema {id} belongs to no subject of this topic",
    "unframed": "records carry no schema id",
    "undecodable": "records written with schema {id} cannot be read",
}


@dataclass(slots=True)
class Finding:
    """Records of one side with one schema id and one verdict; the first one stands for all."""

    side: str
    schema_id: int
    verdict: str
    detail: str
    partition: int
    offset: int
    count: int = 1

    @property
    def is_bad(self) -> bool:
        return self.verdict in BAD

    @property
    def words(self) -> str:
        """A sentence about what is wrong."""
        return WORDS.get(self.verdict, "{id}").format(id=self.schema_id)

    def row(self) -> dict[str, object]:
        """As it is stored: never a payload."""
        return {
            "side": self.side, "schema_id": self.schema_id, "count": self.count,
            "verdict": self.verdict, "detail": self.detail, "partition": self.partition,
            "offset": self.offset,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Place:
    side: str
    partition: int
    offset: int


def check(topic: Topic, records: Sequence[RawRecord]) -> list[Finding]:
    """Findings of a sample; a side without subjects is not checked."""
    bound = _bound(topic)
    framed: list[tuple[_Place, Framed]] = []
    found: dict[tuple[str, int, str], Finding] = {}
    for record in records:
        for side, content in (("key", record.key), ("value", record.value)):
            if content is None or not bound.get(side):
                continue
            place = _Place(side, record.partition, record.offset)
            one = unframe(content)
            if one is None:
                _count(found, place, 0, "unframed", "no zero byte and schema id in front")
            else:
                framed.append((place, one))
    _check_framed(found, framed, bound)
    return list(found.values())


def _check_framed(
    found: dict[tuple[str, int, str], Finding],
    framed: Sequence[tuple[_Place, Framed]],
    bound: Mapping[str, set[str]],
) -> None:
    texts, owners = {}, {}
    for number in {one.schema_id for _, one in framed}:
        texts[number] = decodable_text(number)
        owners[number] = set(subjects_of_schema(number))
    readable = []
    for place, one in framed:
        if texts[one.schema_id] is None:
            _count(found, place, one.schema_id, "unknown_id", "")
        elif not owners[one.schema_id] & bound[place.side]:
            detail = ", ".join(sorted(owners[one.schema_id]))[:200]
            _count(found, place, one.schema_id, "foreign", detail)
        else:
            readable.append((place, one))
    known = {number: text for number, text in texts.items() if text is not None}
    answers = decode(known, [one for _, one in readable])
    for (place, one), problem in zip(readable, answers, strict=True):
        verdict = "ok" if not problem else "unread" if problem == BAD_CHILD else "undecodable"
        _count(found, place, one.schema_id, verdict, problem)


def _count(
    found: dict[tuple[str, int, str], Finding],
    place: _Place,
    schema_id: int,
    verdict: str,
    detail: str,
) -> None:
    key = (place.side, schema_id, verdict)
    if key in found:
        found[key].count += 1
    else:
        found[key] = Finding(place.side, schema_id, verdict, detail, place.partition, place.offset)


def _bound(topic: Topic) -> dict[str, set[str]]:
    bound: dict[str, set[str]] = {"key": set(), "value": set()}
    rows = TopicSubject.objects.filter(topic=topic).values_list("side", "subject__name")
    for side, name in rows:
        bound[side].add(name)
    return bound
