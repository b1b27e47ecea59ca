"""What others wrote is data: in a terminal, Markdown, a spreadsheet and JSON it is letters, and can be told apart."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harvest_qb_pipeline.showing import shown, shown_in_cell, shown_in_json, shown_in_markdown

STEERING = ("Cc", "Cf", "Cs", "Zl", "Zp")


@pytest.mark.parametrize(
    "name",
    [
        "Acme [uk] Ltd",
        "Broken [/b] Inc",
        "Café Lumière",
        "株式会社アクメ",
        "علی‌رضا",
        "👩‍💻 Studio",
        "a | b `c` <d> & _e_",
    ],
)
def test_a_name_is_shown_as_it_is(name: str):
    assert shown(name) == name


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Red\x1b[31m Ltd", "Red␛[31m Ltd"),
        ("Title\x1b]0;you\x07", "Title␛]0;you␇"),
        ("Two\r\nlines\tand a tab", "Two␍␊lines␉and a tab"),
        ("Bell\x9b5m", "Bell<U+009B>5m"),
        ("Delete\x7f", "Delete␡"),
        ("evil \u202eknil", "evil <U+202E>knil"),
        ("Ac\u200bme", "Ac<U+200B>me"),
        ("Ac\u200dme", "Ac<U+200D>me"),
        ("\u200dAcme", "<U+200D>Acme"),
        ("Half \ud83d", "Half <U+D83D>"),
    ],
)
def test_what_steers_turns_or_hides_is_written_out(name: str, said: str):
    assert shown(name) == said


@given(st.text())
def test_nothing_that_was_shown_steers_a_terminal(text: str):
    said = shown(text)
    assert not [char for char in said if unicodedata.category(char) in STEERING and char not in "\u200c\u200d"]
    assert shown(said) == said


def test_two_names_in_brackets_stay_two():
    assert shown("Acme [uk] Ltd") != shown("Acme [us] Ltd")


WORKING = [
    "a | b", "`code`", "[here](https://evil.example)", "[h](x)", "[h][x]", "[h]", "![i](x)", "<b>bold</b>",
    "<img src=x onerror=alert(1)>", "*b*", "__b__", "~~s~~", "https://evil.example/x", "www.evil.example",
    "a@evil.example", "&lt;b&gt;", "\\`x`", "a\\|b", "# title", "total_differs", "_No rows._", "x | y\n| - |\n| z |",
]  # fmt: skip


@pytest.mark.parametrize("text", WORKING)
def test_markdown_prints_it_and_does_nothing_else(text: str):
    table = f"| what |\n| --- |\n| {shown_in_markdown(text)} |"
    html = MarkdownIt("gfm-like", {"linkify": False, "html": True}).render(table)
    cell = html.partition("<td>")[2].partition("</td>")[0]
    assert "<" not in cell
    assert html.count("<td>") == 1
    plain = cell.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
    assert plain == " ".join(text.split())


@pytest.mark.parametrize("text", ["https://evil.example/x", "www.evil.example", "WWW.evil.example", "a@evil.example"])
def test_no_address_becomes_a_link_by_itself(text: str):
    """GitHub's Markdown links these where they stand; a character of each is escaped."""
    assert "\\" in shown_in_markdown(text)


def test_keys_flags_and_hashes_stay_as_they_are_in_markdown_so_that_they_can_be_copied():
    for key in ("invoice/client-5735776/2026-10@1f3870be", "total_differs", "customer/client-12 -> 58"):
        assert shown_in_markdown(key) == key


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "'=1"])
def test_a_spreadsheet_computes_nothing(text: str):
    assert shown_in_cell(text) == f"'{text}"


def test_lines_of_a_cell_stay_lines_and_escapes_do_not():
    assert shown_in_cell("one\r\ntwo\x1b[2J") == "one\r\ntwo␛[2J"


@given(st.dictionaries(st.text(), st.text()))
def test_json_says_the_same_without_what_a_terminal_obeys(value: dict[str, str]):
    document = shown_in_json(json.dumps(value, ensure_ascii=False))
    assert json.loads(document) == value
    assert not [char for char in document if "\x7f" <= char <= "\x9f" or "\u202a" <= char <= "\u202e"]
