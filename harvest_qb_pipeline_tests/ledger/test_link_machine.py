"""Any order of what matching and people do to links, against a small model: who is linked, and what was said."""

import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from harvest_qb_pipeline.ledger import links
from harvest_qb_pipeline.ledger.events import chain_head
from harvest_qb_pipeline.ledger.links import NewLink
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline_tests.ledger.books import Books, put_link, put_links

SPACES = {"customer": "Customer", "job": "Customer", "vendor": "Vendor", "item": None}
KEYS = st.sampled_from(
    ["customer/client-1", "customer/client-2", "job/project-1", "vendor/user-1", "vendor/user-2", "item/1", "item/2"]
)
RECORDS = st.sampled_from(["58", "59", "60"])


def space(key: str) -> str | None:
    return SPACES[key.partition("/")[0]]


@dataclass
class Model:
    """What should be so: the record of each key, and the last word on each pair while it stands."""

    linked: dict[str, str] = field(default_factory=dict)
    word: dict[tuple[str, str], str] = field(default_factory=dict)

    def is_free(self, key: str, record: str) -> bool:
        """Whether no other key of the same list has the record."""
        others = {other for other, has in self.linked.items() if has == record and other != key}
        return space(key) is None or not any(space(other) == space(key) for other in others)

    def put(self, key: str, record: str) -> bool:
        """Link the two where nothing contradicts; whether they are linked now."""
        if self.linked.get(key, record) != record or not self.is_free(key, record):
            return False
        self.linked[key] = record
        return True

    def drop(self, key: str) -> str | None:
        record = self.linked.pop(key, None)
        if record and self.word.get((key, record)) == "confirmed":
            del self.word[key, record]
        return record


class Links(RuleBasedStateMachine):
    """Seven keys, three records, everybody at them."""

    blank_ledger: Path

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copy(self.blank_ledger, self.folder / "ledger.sqlite")
        self.books = Books(self.folder / "ledger.sqlite")
        self.model = Model()

    @rule(pairs=st.lists(st.tuples(KEYS, RECORDS), min_size=1, max_size=5))
    def match(self, pairs: list[tuple[str, str]]) -> None:
        new = [NewLink(key, record, "matched", "exact name", "matching") for key, record in pairs]
        expected = [link for link in new if not self.model.put(link.key, link.external_id)]
        assert [link for link, _ in put_links(self.books.ledger, new)] == expected

    @rule(key=KEYS, record=RECORDS)
    def put(self, key: str, record: str) -> None:
        done = self.does(lambda: put_link(self.books.ledger, key, record, by="Bea"))
        assert done == self.model.put(key, record)

    @rule(key=KEYS, record=RECORDS)
    def confirm(self, key: str, record: str) -> None:
        done = self.does(lambda: links.confirm_link(self.books.ledger, key, record, by="Bea"))
        assert done == self.model.put(key, record)
        if done:
            self.model.word[key, record] = "confirmed"

    @rule(key=KEYS, record=RECORDS)
    def reject(self, key: str, record: str) -> None:
        done = self.does(lambda: links.reject_link(self.books.ledger, key, record, by="Bea"))
        assert done == (self.model.linked.get(key) != record)
        if done:
            self.model.word[key, record] = "rejected"

    @rule(key=KEYS, record=RECORDS)
    def set(self, key: str, record: str) -> None:
        done = self.does(lambda: links.set_link(self.books.ledger, key, record, by="Bea", reason="seen on paper"))
        assert done == self.model.is_free(key, record)
        if done:
            if self.model.linked.get(key) != record:
                self.model.drop(key)
            self.model.put(key, record)
            self.model.word[key, record] = "confirmed"

    @rule(key=KEYS)
    def unlink(self, key: str) -> None:
        links.unlink(self.books.ledger, key, by="Bea", reason="wrong firm")
        if record := self.model.drop(key):
            self.model.word[key, record] = "rejected"

    @rule(key=KEYS, record=RECORDS)
    def state(self, key: str, record: str) -> None:
        """The policy names the record: that replaces what the key was linked to."""
        done = self.does(lambda: put_link(self.books.ledger, key, record, by="policy", how="confirmed"))
        assert done == self.model.is_free(key, record)
        if done:
            if self.model.linked.get(key) != record:
                self.model.drop(key)
            self.model.put(key, record)

    def does(self, change: Callable[[], object]) -> bool:
        """Whether the change is made. NotAllowed, or made again, it writes nothing (what is gone cannot go again)."""
        before = self.events()
        try:
            change()
        except NotAllowed:
            assert self.events() == before
            return False
        made = self.events()
        with suppress(NotAllowed):
            change()
        assert self.events() == made
        return True

    def events(self) -> int:
        with self.books.ledger.reading() as con:
            return chain_head(con)[0]

    @invariant()
    def links_are_one_to_one_and_as_the_model_says(self) -> None:
        found = {link.key: link.external_id for link in links.links(self.books.ledger)}
        assert found == self.model.linked
        claims = [(space(key), record) for key, record in found.items() if space(key)]
        assert len(claims) == len(set(claims))

    @invariant()
    def the_last_word_on_each_pair_stands_and_no_other(self) -> None:
        decisions = links.decisions(self.books.ledger)
        words = [((d.key, d.external_id), d.decision) for d in decisions if not d.is_withdrawn]
        assert len(words) == len(dict(words))
        assert dict(words) == self.model.word

    @invariant()
    def the_chain_holds(self) -> None:
        assert self.books.holds() == []

    def teardown(self) -> None:
        if hasattr(self, "books"):
            self.books.ledger.close()
            shutil.rmtree(self.folder)


def test_links_and_decisions_are_what_a_model_says_whatever_the_order(blank_ledger: Path) -> None:
    machine = type("LinksOfThisRun", (Links,), {"blank_ledger": blank_ledger})
    run_state_machine_as_test(
        seed(49)(machine),
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
