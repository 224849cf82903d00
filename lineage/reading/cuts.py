"""What cut an answer about lineage, in sentences: nothing is left out silently."""

from __future__ import annotations

from lineage.reading.walk import Truncation


def cut_words(cut: Truncation) -> str:
    """What an answer leaves out, as a sentence."""
    side = f" {cut.side}" if cut.side else ""
    match cut.reason:
        case "depth":
            shown = "one step that way is" if cut.limit == 1 else f"{cut.limit} steps that way are"
            return f"It flows on{side}: {shown} shown."
        case "nodes":
            return f"More than {cut.limit} products and readers are connected{side}; the nearest are shown."
        case "edges":
            return f"There are more flows{side} than one answer holds; some are missing."
        case "permission":
            return "Some of it is restricted: it is drawn without a name."
        case "unresolved":
            return f"{cut.at_least or 'Some'} datasets of its programs belong to no known cluster and are missing."
        case _:
            return f"The answer is not whole ({cut.reason})."
