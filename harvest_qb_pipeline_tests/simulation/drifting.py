"""A firm whose names drift apart on both sides, on the real pipeline: what people do to names, and a run of `contacts`.

Belongs here: the acts of people, the steps of a run without Dagster, and what must be true of both sides, their links
and the ledger after every run and in the end. Must not be here: in what order things happen.
"""

import re
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from functools import cache

from harvest_qb_pipeline import pipeline
from harvest_qb_pipeline.harvest.landing import DESCRIPTIONS, land_harvest
from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.ledger import approval, events, links, reading
from harvest_qb_pipeline.ledger.kinds import PARTIES
from harvest_qb_pipeline.ledger.model import StoredPosting
from harvest_qb_pipeline.ledger.states import NotAllowed
from harvest_qb_pipeline.planning.capability import CONTACTS
from harvest_qb_pipeline.policy.load import parse_policy
from harvest_qb_pipeline.policy.model import Policy
from harvest_qb_pipeline.quickbooks.landing import land_quickbooks
from harvest_qb_pipeline.sandbox.testing import ControlError
from harvest_qb_pipeline.settings import utc_now
from harvest_qb_pipeline.warehouse.database import Warehouse, open_warehouse
from harvest_qb_pipeline.warehouse.models import build_in_order
from harvest_qb_pipeline_tests.simulation.scene import Scene

LISTS = ("clients", "contacts", "projects", "users", "tasks")
MOST_ROUNDS = 12
PAUSE = 300
MARKER = re.compile(r"\[hq:((?:customer|job)/\S+) r\d+\]")
MADE_IN = {"customer": "Customer", "job": "Customer", "client": "clients", "contact": "contacts", "project": "projects"}


@cache
def policy_of(billing: str, contacts: str, rest: str) -> Policy:
    text = f"""
timezone = "America/New_York"
cutover_on = 2026-01-01
native_copy = "off"
auto_reminders = "off"
[tax]
services = "NON"
[billing]
{billing}
[contacts]
{contacts}
{rest}
"""
    return parse_policy(text, "policy.toml")


@dataclass
class Drifting:
    """A scene with a warehouse, and what its people have made and said. Close it."""

    scene: Scene
    policy: Policy
    by_people: set[tuple[str, str]] = field(default_factory=set)
    said_no: set[tuple[str, str]] = field(default_factory=set)
    standing: dict[str, str] = field(default_factory=dict)
    closing: ExitStack = field(default_factory=ExitStack)
    warehouse: Warehouse = field(init=False)

    def __post_init__(self) -> None:
        self.warehouse = self.closing.enter_context(open_warehouse(self.scene.folder / "warehouse.duckdb"))
        # Tables of a few rows are made sooner without dividing the work.
        self.warehouse.connection.execute("SET threads = 1")
        # One time for both: what we sent is compared with when we read it.
        self.scene.clock.offset = self.scene.company.clock.now(exact=True) - utc_now()

    def close(self) -> None:
        self.closing.close()
        self.scene.close()

    # People

    def records(self, collection: str) -> list[JsonObject]:
        """Of Harvest (small letters) or QuickBooks (a capital), inactive ones too."""
        company = self.scene.company
        with company.lock:
            return (company.quickbooks if collection[0].isupper() else company.harvest).dump(collection)

    def create(self, collection: str, **values: Json) -> None:
        """Somebody makes a record; the other side's rules may forbid it."""
        system = "quickbooks" if collection[0].isupper() else "harvest"
        with suppress(ControlError):
            made = self.scene.control("POST", f"/{system}/{collection}", values)
            self.by_people.add((collection, _id(made)))

    def create_project(self, client: int, name: str) -> None:
        if found := self.records("clients"):
            client_id = found[client % len(found)]["id"]
            self.create("projects", client_id=client_id, name=name, is_billable=True, bill_by="none", budget_by="none")

    def create_contact(self, client: int, email: str) -> None:
        if found := self.records("clients"):
            self.create("contacts", client_id=found[client % len(found)]["id"], first_name="Pat", email=email)

    def create_job(self, parent: int, name: str, *, is_project: bool) -> None:
        """A job, also of a job, or one of QuickBooks' own projects."""
        if found := self.records("Customer"):
            above = {"Job": True, "ParentRef": {"value": found[parent % len(found)]["Id"]}}
            self.create("Customer", DisplayName=name, IsProject=is_project, **above)

    def edit(self, collection: str, which: int, **values: Json) -> None:
        """Somebody changes one of the records, if there is one and it may be."""
        system = "quickbooks" if collection[0].isupper() else "harvest"
        if found := self.records(collection):
            with suppress(ControlError):
                self.scene.control("PATCH", f"/{system}/{collection}/{_id(found[which % len(found)])}", values)

    def merge(self, which: int, other: int) -> None:
        """Somebody makes two customers one in QuickBooks."""
        found = self.records("Customer")
        if found:
            self.edit("Customer", which, merge_into=found[other % len(found)]["Id"])

    def confirm(self, which: int) -> None:
        """A person says yes to a suggestion, if there is one and neither has been linked since."""
        if pair := self._pick("suggested", which):
            with suppress(NotAllowed):
                links.confirm_link(self.scene.ledger, *pair, by="Bea")
                self.said_no.discard(pair)
                self.standing[pair[0]] = pair[1]

    def reject(self, which: int) -> None:
        """A person says no to a suggestion, or to one of several namesakes."""
        if pair := self._pick("suggested", which) or self._pick("conflicting", which):
            with suppress(NotAllowed):
                links.reject_link(self.scene.ledger, *pair, by="Bea")
                self.said_no.add(pair)

    def unlink(self, which: int) -> None:
        """A person takes a link back."""
        if pair := self._pick("linked", which):
            pair = (pair[0], links.resolve(self.scene.ledger, pair[0]) or pair[1])
            links.unlink(self.scene.ledger, pair[0], by="Bea", reason="not the same")
            self.said_no.add(pair)
            self.standing.pop(pair[0], None)

    def _pick(self, state: str, which: int) -> tuple[str, str] | None:
        """One of the pairs that `harvest-qb links` would list."""
        if not self._has_tables():
            return None
        found = self._rows(
            "SELECT link_key, quickbooks_id FROM contacts.who_is_who WHERE state = $1 "
            "AND link_key IS NOT NULL AND quickbooks_id IS NOT NULL AND link_type IN ('client', 'project') "
            "ORDER BY ALL",
            state,
        )
        return found[which % len(found)] if found else None

    # Us

    def approve(self) -> None:
        """Bea approves everything that is planned, as it is now."""
        for key in dict.fromkeys(posting.document for posting in self._postings("planned")):
            document = reading.document(self.scene.ledger, key)
            assert document is not None
            with suppress(approval.ApprovalRefused):
                approval.approve(self.scene.ledger, key, by="Bea", sha256=document.sha256, via="test")

    def run(self) -> None:
        """What the job `contacts` does, some minutes after the last one; and what must be true then."""
        scene = self.scene
        scene.wait(PAUSE)
        now, today = scene.clock.now(), scene.company.clock.today(self.policy.timezone)
        # Nobody logs time or bills here: the rest of Harvest is read once.
        streams = LISTS if self._has_tables() else tuple(DESCRIPTIONS)
        land_harvest(self.warehouse, scene.harvest, now=now, today=today, streams=streams)
        land_quickbooks(self.warehouse, scene.quickbooks, now=now, ignored=self.policy.contacts.ignored)
        day = pipeline.Day(today, now)
        with self.warehouse.transaction() as con:
            build_in_order(con, *pipeline.TYPED)
        pipeline.derive(self.warehouse, scene.ledger, self.policy, day, [CONTACTS])
        planned = pipeline.plan(self.warehouse, scene.ledger, self.policy, [CONTACTS])
        assert not planned.not_linked, planned.not_linked
        options = replace(scene.options, settle_seconds=PAUSE / 2)
        systems = scene.systems(options)
        pipeline.push(scene.ledger, systems, [CONTACTS])
        self.assert_sound()

    def come_to_rest(self) -> None:
        """Nobody touches anything any more, everything works, and everything that is planned is approved."""
        self.scene.company.faults.clear()
        for _ in range(MOST_ROUNDS):
            self.approve()
            before = self._writes()
            self.run()
            if self._writes() == before and not self._postings("planned", "approved", "sending", "uncertain"):
                return
        raise AssertionError(f"never at rest: {[(p.key, p.state) for p in self._postings('planned', 'approved')]}")

    # What must be true

    def assert_sound(self) -> None:
        """After every run."""
        self._assert_one_to_one()
        self._assert_links_stay()
        self._assert_nobody_is_made_twice()
        self._assert_nobody_known_is_to_be_made()
        assert events.verify_chain(self.scene.ledger) == []

    def assert_still(self) -> None:
        """Two further runs, with everything approved that they plan, write nothing."""
        before = self._writes()
        for _ in range(2):
            self.run()
            self.approve()
        assert self._writes() == before
        self._assert_made_is_posted()

    def _assert_one_to_one(self) -> None:
        """Each record is linked at most once, by the ledger and for analysts; a job is a customer too (rule 49)."""
        stored = {link.key: link.external_id for link in links.links(self.scene.ledger)}
        for families in (("customer", "job"), ("client",), ("project",)):
            ids = [other for key, other in stored.items() if key.partition("/")[0] in families]
            assert len(ids) == len(set(ids)), stored
        shown = self._rows("SELECT link_key, customer_id_qb FROM contacts.client_links") + self._rows(
            "SELECT link_key, customer_id_qb FROM contacts.project_links"
        )
        assert not [one for one, times in Counter(key for key, _ in shown).items() if times > 1], shown
        assert not [one for one, times in Counter(other for _, other in shown).items() if times > 1], shown
        # What a push has just made is shown by the next run.
        assert {key: stored.get(key) for key, _ in shown} == dict(shown)

    def _assert_links_stay(self) -> None:
        """Only people take links back, whatever becomes of names; and what they said no to is not linked."""
        stored = {link.key: link.external_id for link in links.links(self.scene.ledger)}
        assert {key: stored.get(key) for key in self.standing} == self.standing
        assert not self.said_no & stored.items()
        self.standing = stored

    def _assert_nobody_is_made_twice(self) -> None:
        """What people did not make we did: once for each creation that we have tried, and under one marker."""
        marked = [
            found.group(1) for row in self.records("Customer") if (found := MARKER.search(row.get("Notes") or ""))
        ]
        assert len(marked) == len(set(marked)), marked
        tried = Counter(MADE_IN[p.kind] for p in self._postings() if p.kind in MADE_IN and p.first_attempt_at)
        for collection, ours in self._ours().items():
            assert len(ours) <= tried[collection], (collection, ours)

    def _assert_nobody_known_is_to_be_made(self) -> None:
        """Whom a link names, on whatever side they were made, is not planned to be made on the other one again."""
        linked = {
            link.external_id for link in links.links(self.scene.ledger) if link.key.startswith(("customer/", "job/"))
        }
        planned = [p for p in self._postings("planned", "approved") if p.first_attempt_at is None]
        # A first project belongs to its client, which may have been made already.
        made = [p.key for p in planned if p.kind in ("client", "project") and p.document == p.key]
        assert not [key for key in made if key.partition("/customer-")[2] in linked]

    def _assert_made_is_posted(self) -> None:
        """In the end each record that we made is what exactly one creation has become, or waits as, changed since."""
        posted = Counter(
            (MADE_IN[p.kind], str(p.external_id))
            for p in self._postings("posted", "held")
            if p.kind in PARTIES and p.first_attempt_at
        )
        ours = {(collection, one) for collection, ids in self._ours().items() for one in ids}
        assert not [(made, posted[made]) for made in sorted(ours) if posted[made] != 1]

    def _ours(self) -> dict[str, list[str]]:
        return {
            collection: [_id(row) for row in self.records(collection) if (collection, _id(row)) not in self.by_people]
            for collection in sorted(set(MADE_IN.values()))
        }

    def _postings(self, *states: str) -> list[StoredPosting]:
        return [p for p in reading.postings(self.scene.ledger) if not states or p.state in states]

    def _writes(self) -> int:
        return len(self.scene.writes())

    def _rows(self, sql: str, *values: object) -> list[tuple[str, str]]:
        return self.warehouse.connection.execute(sql, list(values)).fetchall()

    def _has_tables(self) -> bool:
        return bool(self._rows("SELECT 1 FROM duckdb_tables() WHERE table_name = 'who_is_who'"))


def _id(record: JsonObject) -> str:
    """As both sides write it: `id` in Harvest, `Id` in QuickBooks."""
    return str(record.get("Id", record.get("id")))
