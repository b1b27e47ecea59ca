"""How words that somebody else wrote are shown: a name, a note, a reason is data, whatever it is made of.

Belongs here: making such words harmless for a terminal, Markdown, a spreadsheet and JSON, each in one function that
keeps them recognisable. Must not be here: printing, or knowing what the words are about.
"""

import re
import unicodedata

_JOINERS = "\u200c\u200d"
"""Persian, the scripts of India and composed emoji cannot be written without them; in Latin words they only hide."""
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Categories of characters that steer, turn or hide what stands around them."""
_FORMULA = re.compile(r"'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
"""How a cell begins that a spreadsheet would take for a formula; the apostrophes are ours from before."""
_MEANT_IN_MARKDOWN = re.compile(r"[\\`*~|]|\](?=\()|(?<![^\W_])_|_(?![^\W_])")
"""A `_` within a word means nothing to Markdown, nor do brackets without an address: keys can be copied as they are."""
_LINKED_BY_ITSELF = re.compile(r":(?=//)|(?<=www)\.|@(?=[\w-]+\.\w)", re.IGNORECASE)
_RAW_IN_JSON = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def shown(text: str) -> str:
    """`text` as one line in which nothing works but letters: what is meant to be unseen is written out.

    An escape is `␛`, a line break `␊`, a mark that turns the direction of writing `<U+202E>`; all else is as it is.
    """
    return _visible(text)


def shown_in_markdown(text: str) -> str:
    """`text` so that Markdown, as Dagster shows it, prints it as it is: no table cell, link, code or HTML begins."""
    escaped = _MEANT_IN_MARKDOWN.sub(r"\\\g<0>", shown(" ".join(text.split())))
    return _LINKED_BY_ITSELF.sub(r"\\\g<0>", escaped.replace("&", "&amp;").replace("<", "&lt;"))


def shown_in_cell(text: str) -> str:
    """`text` for a CSV file: its lines stay lines, whatever else steers a terminal is written out, nothing computes."""
    return no_formula(_visible(text, kept="\r\n\t"))


def no_formula(cell: str) -> str:
    """`cell` so that no spreadsheet takes it for a formula; `meant_in_cell` takes that back."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def meant_in_cell(cell: str) -> str:
    """What a cell stands for that `no_formula` made."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def shown_in_json(document: str) -> str:
    """A JSON text with the same value, in which what a terminal would obey or not show is escaped."""
    return _RAW_IN_JSON.sub(lambda found: f"\\u{ord(found[0]):04x}", document)


def _visible(text: str, kept: str = "") -> str:
    if text.isprintable():
        return text
    return "".join(
        _seen(char) if unicodedata.category(char) in _UNSEEN and char not in kept and not _joins(text, at) else char
        for at, char in enumerate(text)
    )


def _seen(char: str) -> str:
    if char < "\x20":
        return chr(0x2400 + ord(char))
    return "\u2421" if char == "\x7f" else f"<U+{ord(char):04X}>"


def _joins(text: str, at: int) -> bool:
    """Whether a joiner does its work: it stands between two characters that are not of the Latin alphabet."""
    return text[at] in _JOINERS and text[at - 1 : at] >= "\u0300" and text[at + 1 : at + 2] >= "\u0300"
