"""Policies about schemas: documentation, personal data, levels and readers."""

from __future__ import annotations

import re
from collections.abc import Iterator

from governance.policy.facts import (
    Facts,
    FieldFacts,
    ProductFacts,
    ReaderVerdict,
    SchemaFacts,
    without,
)
from governance.policy.rule import Parameters, Rule, bad, good, number, unknown, words_of
from governance.policy.words import Fault, Number, Outcome, Severity, Words

SCHEMA_TARGETS = frozenset({"schema.register", "state:subject"})
LEVELS = (
    "NONE",
    "BACKWARD",
    "BACKWARD_TRANSITIVE",
    "FORWARD",
    "FORWARD_TRANSITIVE",
    "FULL",
    "FULL_TRANSITIVE",
)
LEVELS_OF_TIER = {
    "gold": frozenset({"FULL_TRANSITIVE", "BACKWARD_TRANSITIVE"}),
    "silver": frozenset({"BACKWARD", "BACKWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"}),
    "bronze": frozenset(LEVELS) - {"NONE"},
    "": frozenset(LEVELS),
}
TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
LEXICON = (
    "email", "mail", "phone", "mobile", "iban", "bic", "birth", "birthday", "birthdate", "address",
    "street", "postcode", "zip", "ip", "ssn", "passport", "surname", "firstname", "lastname", "gender",
    "latitude", "longitude",
)  # fmt: skip


def _schema(*fields: FieldFacts, tier: str = "silver", level: str = "BACKWARD") -> Facts:
    schema = SchemaFacts("commerce.orders-value", level, fields=fields)
    return Facts("schema.register", product=ProductFacts("orders", tier=tier), schema=schema)


def _read_by(*verdicts: str, tier: str = "silver") -> Facts:
    readers = tuple(
        ReaderVerdict(f"reader-{place}", "team", word) for place, word in enumerate(verdicts)
    )
    schema = SchemaFacts("commerce.orders-value", verdicts=readers)
    return Facts("schema.register", product=ProductFacts("orders", tier=tier), schema=schema)


class DocCoverage(Rule):
    number, code, theme = 8, "schema.doc-coverage", "schema"
    title = "Fields are documented"
    wants = "Every new field has a doc; of all fields a share that grows with the tier."
    severity = Severity.BLOCK
    looks_at = SCHEMA_TARGETS
    needs = ("schema.fields",)
    params = {
        "gold_percent": Number(95, "higher", 0, 100),
        "silver_percent": Number(80, "higher", 0, 100),
        "bronze_percent": Number(50, "higher", 0, 100),
    }
    message = "{subject}: {problem}."
    remedy = "Give each field a doc that says what it means and in which unit."
    examples = (
        good(_schema(FieldFacts("id", "The order's number."))),
        good(_schema()),
        bad(_schema(FieldFacts("id", is_new=True)), "new field id"),
        bad(_schema(FieldFacts("id"), FieldFacts("at", "When.")), "50 %", Outcome.WARN),
        unknown(without(_schema(), "schema.fields")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        schema = facts.schema
        assert schema is not None
        bare = [field for field in schema.fields if not field.doc.strip()]
        for field in bare:
            if field.is_new:
                said = f"the new field {field.path} has no doc"
                yield Fault(
                    {"subject": schema.subject, "problem": said}, f"/desired/schema#{field.path}"
                )
        old = [field for field in bare if not field.is_new]
        tier = facts.product.tier if facts.product is not None and facts.product.tier else "bronze"
        least = number(parameters, f"{tier}_percent")
        share = 100 * (len(schema.fields) - len(bare)) // max(1, len(schema.fields))
        if old and share < least:
            said = f"{share} % of the fields have a doc, {tier} wants {least} %"
            yield Fault(
                {"subject": schema.subject, "problem": said}, "/desired/schema", Severity.WARN
            )


class PersonalClassified(Rule):
    number, code, theme = 9, "schema.pii-classified", "schema"
    title = "Fields that look personal say what they are"
    wants = 'A field whose name hits the lexicon carries "classification" in the schema; "none" is an answer.'
    severity = Severity.BLOCK
    looks_at = SCHEMA_TARGETS
    needs = ("schema.fields",)
    params = {"lexicon": Words(LEXICON)}
    message = "{subject}: the field {field} looks personal ({word}) but declares no classification."
    remedy = (
        'Add "classification": "personal" (or "none" with your reason in the doc) to the field.'
    )
    examples = (
        good(_schema(FieldFacts("email", classification="personal"))),
        good(_schema(FieldFacts("recipient", "Where it went."), FieldFacts("shipping"))),
        bad(_schema(FieldFacts("customer.emailAddress")), "emailAddress"),
        bad(_schema(FieldFacts("client_ip")), "(ip)"),
        bad(_schema(FieldFacts("contact", "The phone number.")), "(phone)", Outcome.WARN),
        unknown(without(_schema(), "schema.fields")),
    )

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        schema = facts.schema
        assert schema is not None
        lexicon = frozenset(words_of(parameters, "lexicon"))
        for field in schema.fields:
            if field.classification:
                continue
            named, told = hits(field.path.rsplit(".", 1)[-1], lexicon), hits(field.doc, lexicon)
            if named or told:
                values = {"subject": schema.subject, "field": field.path, "word": named or told}
                severity = Severity.BLOCK if named else Severity.WARN
                yield Fault(values, f"/desired/schema#{field.path}", severity)


def hits(text: str, lexicon: frozenset[str]) -> str:
    """The first word of a name or sentence that stands in the lexicon, or ''."""
    return next(
        (word for word in (part.lower() for part in TOKEN.findall(text)) if word in lexicon), ""
    )


class CompatibilityByTier(Rule):
    number, code, theme = 21, "subject.compatibility-by-tier", "schema"
    title = "The compatibility level fits the tier"
    wants = (
        "Gold is transitive and protects old readers; silver protects readers; bronze is not NONE."
    )
    severity = Severity.BLOCK
    looks_at = SCHEMA_TARGETS | {"schema.compatibility"}
    needs = ("schema.level",)
    message = "{subject} has level {level}; a {tier} product allows {allowed}."
    remedy = "Choose one of the allowed levels, or a lower tier."
    examples = (
        good(_schema(tier="gold", level="BACKWARD_TRANSITIVE")),
        good(_schema(tier="bronze", level="FORWARD")),
        bad(_schema(tier="gold", level="BACKWARD"), "BACKWARD_TRANSITIVE"),
        bad(_schema(tier="bronze", level="NONE"), "level NONE"),
        unknown(without(_schema(), "schema.level")),
    )

    def applies(self, facts: Facts) -> bool:
        return facts.schema is not None and facts.product is not None and bool(facts.product.tier)

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.schema is not None and facts.product is not None
        allowed = LEVELS_OF_TIER[facts.product.tier]
        if facts.schema.level not in allowed:
            values = {
                "subject": facts.schema.subject,
                "level": facts.schema.level,
                "tier": facts.product.tier,
                "allowed": ", ".join(level for level in LEVELS if level in allowed),
            }
            yield Fault(values, "/desired/compatibility")


class BreaksConsumers(Rule):
    number, code, theme = 22, "schema.breaks-consumers", "schema"
    title = "A schema change does not break its readers"
    wants = "No known reader stops or silently misreads; who could not be judged is named."
    severity = Severity.WARN
    looks_at = frozenset({"schema.register"})
    needs = ("schema.verdicts",)
    message = "{subject}: {reader} {what}."
    remedy = "Add a default or an alias, or agree with the reader's team; they must approve."
    examples = (
        good(_read_by("OK", "LOSSY")),
        good(_read_by()),
        bad(_read_by("BREAK"), "stops", Outcome.WARN),
        bad(_read_by("SILENT", tier="gold"), "wrong values"),
        bad(_read_by("UNKNOWN"), "could not be judged", Outcome.WARN),
        unknown(without(_read_by(), "schema.verdicts")),
    )
    WORDS = {
        "BREAK": "stops reading: it cannot decode the new records",
        "SILENT": "reads on but gets wrong values without noticing",
        "UNKNOWN": "could not be judged: how it reads is not known",
    }

    def judge(self, facts: Facts, parameters: Parameters) -> Iterator[Fault]:
        assert facts.schema is not None
        gold = facts.product is not None and facts.product.tier == "gold"
        for reader in facts.schema.verdicts:
            if reader.verdict not in self.WORDS:
                continue
            values = {
                "subject": facts.schema.subject,
                "reader": reader.reader,
                "what": self.WORDS[reader.verdict],
            }
            blocks = gold and reader.verdict == "SILENT"
            yield Fault(values, "/desired/schema", Severity.BLOCK if blocks else Severity.WARN)
