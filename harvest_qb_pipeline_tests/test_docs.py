"""The documentation and the code name the same rules, facts, switches and files (docs/rules.md, docs/apis.md)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from harvest_qb_pipeline.sandbox.switches import describe

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]

_NUMBERS = r"\d+(?:\s\([^)]*\))?"
_CITED = re.compile(rf"\brules?\s({_NUMBERS}(?:(?:,\sand\s|,\s|\sand\s|\sor\s|\sto\s){_NUMBERS})*)", re.IGNORECASE)
_FACTS = re.compile(r"docs/apis\.md\s([HQ]\d+(?:(?:,\s|\sand\s|\sto\s)[HQ]\d+)*)")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def sources(*folders: str) -> Iterator[Path]:
    """Files that may cite a rule or a fact; this one only explains how."""
    for folder in folders:
        found = (path for path in (ROOT / folder).rglob("*") if path.suffix in {".py", ".sql", ".toml", ".md"})
        yield from (path for path in found if path != Path(__file__))


def flowing(path: Path) -> str:
    """The text of a file with comments over several lines made one, so that a citation may wrap."""
    return re.sub(r"\s*\n\s*(?:--|#)?\s*", " ", path.read_text(encoding="utf-8"))


def numbers_in(text: str) -> set[int]:
    """`rules 3, 5 and 6 to 8` cites 3, 5, 6, 7 and 8."""
    found: set[int] = set()
    for match in _CITED.finditer(text):
        for part in re.split(r",\sand\s|,\s|\sand\s|\sor\s", re.sub(r"\s\([^)]*\)", "", match[1])):
            first, *last = (int(number) for number in re.findall(r"\d+", part))
            found.update(range(first, (last[0] if last else first) + 1))
    return found


def sections(page: str, heading: str) -> dict[str, str]:
    """Name to text of the sections of a page whose headings match."""
    text = (DOCS / page).read_text(encoding="utf-8")
    parts = re.split(rf"^### {heading}: .*$", text, flags=re.MULTILINE)
    # What follows the next heading of any level belongs to no section any more.
    return {
        name: re.split(r"^#", body, flags=re.MULTILINE)[0] for name, body in zip(parts[1::2], parts[2::2], strict=True)
    }


RULES = {int(number): text for number, text in sections("rules.md", r"Rule (\d+)").items()}
GROUND_ONLY = {number for number, text in RULES.items() if re.search(r"^Ground\sin\s|\sGround\sin\s", text)}
FACTS = sections("apis.md", r"([HQ]\d+)")


def files_linked(text: str) -> list[Path]:
    return [(DOCS / link).resolve() for link in _LINK.findall(text) if link.startswith("../harvest_qb_pipeline/")]


def test_citations_are_read_as_people_write_them():
    assert numbers_in("-- Rules 3, 5, 13 to 15 and 22.") == {3, 5, 13, 14, 15, 22}
    assert numbers_in("Rules 1 (closing date), 10 (totals), 26 and 27 (number and marker).") == {1, 10, 26, 27}
    assert numbers_in("the first rule of 3; rule_number 4; (accounting rule 27)") == {27}


def test_every_rule_that_is_cited_is_written_down():
    places = {path: numbers_in(flowing(path)) for path in sources("harvest_qb_pipeline", "harvest_qb_pipeline_tests")}
    unknown = {
        str(path.relative_to(ROOT)): missing for path, cited in places.items() if (missing := cited - set(RULES))
    }
    assert not unknown, "cited, but not in docs/rules.md"


@pytest.mark.parametrize("number", sorted(RULES))
def test_a_rule_that_is_written_down_is_cited_where_it_is_said_to_be_carried_out(number: int):
    linked = files_linked(RULES[number])
    assert linked, "the rule says nowhere where it is carried out"
    assert [path for path in linked if path.is_file() and number in numbers_in(flowing(path))]


def test_every_rule_that_is_carried_out_is_cited_by_a_test():
    carried_out = set(RULES) - GROUND_ONLY
    cited = set().union(*(numbers_in(flowing(path)) for path in sources("harvest_qb_pipeline_tests")))
    assert carried_out - cited == set()


def test_no_rule_is_reserved_and_carried_out_at_once():
    reserved = (DOCS / "rules.md").read_text(encoding="utf-8").split("## Reserved")[1]
    assert not {int(number) for number in re.findall(r"\b\d+\b", reserved)} & set(RULES)


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_is_certain_or_a_switch_and_names_who_relies_on_it(name: str):
    text = FACTS[name]
    assert re.search(r"\*\*Certain|\*\*certain|\beither\sway\*\*|\*\*Either\sway", text)
    assert "either way" not in text.lower() or re.search(r"\bswitch(?:es)?\s`", " ".join(text.split()))
    assert files_linked(text)


def test_every_fact_that_is_cited_is_written_down():
    for path in sources("harvest_qb_pipeline", "harvest_qb_pipeline_tests"):
        for match in _FACTS.finditer(flowing(path)):
            assert set(re.findall(r"[HQ]\d+", match[1])) <= set(FACTS), path


def test_no_code_cites_an_api_page_that_nobody_can_open():
    vague = [path for path in sources("harvest_qb_pipeline") if re.search(r"\bAPI (?:page|fact)", flowing(path))]
    assert vague == []


def test_the_switches_of_the_sandbox_are_those_of_the_documentation():
    known = {str(switch["name"]) for switch in describe()}
    named: set[str] = set()
    for text in FACTS.values():
        for listed in re.findall(r"\bswitch(?:es)? ((?:`\w+`(?:, | and )?)+)", " ".join(text.split())):
            named.update(re.findall(r"`(\w+)`", listed))
    assert named == known


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_relative_link_leads_to_a_file(page: Path):
    links = [link.split("#")[0] for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    relative = [link for link in links if link and not re.match(r"[a-z]+:", link)]
    assert [link for link in relative if not (page.parent / link).exists()] == []
