"""The books of one company in QuickBooks: what the API and a person in the product can do with them.

Belongs here: which operation goes to which entity, SyncTokens, control operations and saving. Must not be here: rules
of single entities, HTTP.
"""

from datetime import datetime
from decimal import Decimal

from harvest_qb_pipeline.jsontext import Json, JsonObject
from harvest_qb_pipeline.sandbox.owner import Owner
from harvest_qb_pipeline.sandbox.quickbooks import (
    catalog,
    cdc,
    company_settings,
    faults,
    invoices,
    joining,
    names,
    payments,
    query,
    requests,
    rights,
    saving,
)
from harvest_qb_pipeline.sandbox.quickbooks.properties import EntityType
from harvest_qb_pipeline.sandbox.quickbooks.replays import Replays
from harvest_qb_pipeline.sandbox.quickbooks.schema_company import ENTITIES
from harvest_qb_pipeline.sandbox.quickbooks.store import Record, Store

_SETTINGS = {"CompanyInfo", "Preferences"}
_CATALOG = {"Account", "Item", "Term"}


class QuickBooksBooks:
    """Everything QuickBooks knows of one company. A new company has CompanyInfo and Preferences and empty lists."""

    def __init__(self, owner: Owner) -> None:
        self.store = Store(owner)
        self.replays = Replays(owner.switches)
        company_settings.open_company(self.store)

    # The API

    def read(self, entity: EntityType, record_id: str) -> JsonObject:
        """One object, also one too young for queries. Raises fault 610, or 2030 when the id is not a number."""
        rights.check(self.store.switches, entity)
        return self.store.render(self._find(entity, record_id))

    def query(self, statement: str) -> JsonObject:
        """The QueryResponse of a statement."""
        return query.run(self.store, statement)

    def changes(self, entities: str | None, changed_since: str | None) -> list[JsonObject]:
        """Blocks of a CDC response."""
        return cdc.changes(self.store, entities, changed_since)

    def write(self, entity: EntityType, operation: str | None, body: JsonObject, include: str = "") -> JsonObject:
        """Carry out a POST: create, or update when the body has an Id, delete or void. Answers the object."""
        if not self.store.switches.subscription_active:
            raise faults.subscription_ended()
        rights.check(self.store.switches, entity)
        if operation == "void" or (operation == "update" and include == "void"):
            action = "void"
        elif operation in (None, "create", "update"):
            action = "update" if body.get("Id") is not None or operation == "update" else "create"
        else:
            action = operation
        if action not in entity.operations:
            raise faults.unsupported_operation(f"{action} of {entity.name}")
        given = requests.read_properties(entity, body)
        if action == "create":
            may_repeat = include in ("allowduplicatedocnum", "allowduplicatedocnumber")
            return self.store.render(self._create(entity, given, may_repeat=may_repeat))
        record = self._current(entity, body)
        if action == "update":
            self._update(record, given, sparse=body.get("sparse") is True)
        elif action == "void":
            invoices.void(self.store, record)
        else:
            invoices.delete(self.store, record)
            return {"status": "Deleted", "domain": "QBO", "Id": record.id}
        return self.store.render(record)

    # A person in the product

    def collections(self) -> list[str]:
        """Names of all kinds of object, those the API does not offer yet included."""
        return list(ENTITIES)

    def dump(self, collection: str) -> list[JsonObject]:
        """All objects of a kind, inactive ones too, as the API shows them. Raises `KeyError` for an unknown kind."""
        return [self.store.render(record) for record in self.store.tables[collection].values()]

    def ui_create(self, collection: str, body: JsonObject, *, at: datetime | None = None) -> JsonObject:
        """Create by hand: checked as the API would, but closed books let a person pass, and a payment is received.

        A customer with `IsProject` true becomes a project, as only a person can make one. `at` puts the record into the
        past, for old ones. Raises `RefusalError`.
        """
        entity = ENTITIES[collection]
        given = requests.read_properties(entity, body)
        self.store.moment = at
        try:
            if collection == "Customer" and body.get("IsProject") is True:
                company_settings.turn_on_projects(self.store)
                return self.store.render(names.create_project(self.store, given))
            return self.store.render(self._create(entity, given, may_repeat=False, is_person=True))
        finally:
            self.store.moment = None

    def ui_update(self, collection: str, record_id: str, body: JsonObject, *, at: datetime | None = None) -> JsonObject:
        """Change by hand, property by property; an invoice is voided by `{"status": "Voided"}`.

        `{"merge_into": "58"}` makes a customer or vendor one with another, which is answered. A vendor's `Balance` is
        what bills would make it. Settings are merged section by section, read-only ones included: that is how books are
        closed. Raises `LookupError` for an unknown id.
        """
        record = self._find_by_hand(collection, record_id)
        self.store.moment = at
        try:
            if "merge_into" in body:
                return self.store.render(joining.merge(self.store, record, str(body["merge_into"])))
            if collection == "Vendor" and "Balance" in body:
                names.owe_vendor(self.store, record, Decimal(body["Balance"]))
            if collection in _SETTINGS:
                company_settings.administer(self.store, record, body)
            elif collection == "Invoice" and body.get("status") == "Voided":
                invoices.void(self.store, record, is_person=True)
            elif collection == "Payment":
                payments.change(self.store, record, requests.read_properties(record_type(record), body))
            elif body.keys() != {"Balance"}:
                given = requests.read_properties(record_type(record), body)
                self._update(record, given, sparse=True, is_person=True)
            return self.store.render(record)
        finally:
            self.store.moment = None

    def ui_delete(self, collection: str, record_id: str) -> JsonObject:
        """Delete by hand: payments are un-applied first; a list object is made inactive instead."""
        record = self._find_by_hand(collection, record_id)
        if collection == "Invoice":
            invoices.delete(self.store, record, is_person=True)
        elif collection == "Payment":
            payments.delete(self.store, record)
        else:
            return self.ui_update(collection, record_id, {"Active": False})
        return {"status": "Deleted", "domain": "QBO", "Id": record.id}

    # Saving

    def to_state(self) -> JsonObject:
        """Everything, as JSON values."""
        return {**saving.to_state(self.store), "replays": self.replays.to_state()}

    def load_state(self, state: JsonObject) -> None:
        """Become what `to_state` saw."""
        self.store = saving.load(self.store.owner, state)
        self.replays.load_state(state["replays"])

    def _create(self, entity: EntityType, given: JsonObject, *, may_repeat: bool, is_person: bool = False) -> Record:
        if entity.name in _SETTINGS:
            raise faults.unsupported_operation(f"create of {entity.name}")
        if entity.name == "Invoice":
            return invoices.create(self.store, given, may_repeat_number=may_repeat, is_person=is_person)
        if entity.name == "Payment":
            return payments.receive(self.store, given)
        module = catalog if entity.name in _CATALOG else names
        return module.create(self.store, entity.name, given)

    def _update(self, record: Record, given: JsonObject, *, sparse: bool, is_person: bool = False) -> None:
        if record.entity in _SETTINGS:
            company_settings.update(self.store, record, given, sparse=sparse)
        elif record.entity == "Invoice":
            invoices.update(self.store, record, given, sparse=sparse, is_person=is_person)
        else:
            module = catalog if record.entity in _CATALOG else names
            module.update(self.store, record, given, sparse=sparse)

    def _current(self, entity: EntityType, body: JsonObject) -> Record:
        """The record a change is for, if the client has seen its newest version (else fault 5010)."""
        record = self._find(entity, _text(body, "Id"))
        if _text(body, "SyncToken") != str(record.sync_token):
            raise faults.stale()
        return record

    def _find_by_hand(self, collection: str, record_id: str) -> Record:
        record = self.store.get(collection, record_id)
        if record is None:
            raise LookupError(f"{collection} has no record {record_id!r}.")
        return record

    def _find(self, entity: EntityType, record_id: str) -> Record:
        if not (record_id.isascii() and record_id.isdigit()):
            raise faults.bad_id(record_id)
        if entity.name in _SETTINGS:
            return self.store.tables[entity.name]["1"]
        record = self.store.get(entity.name, record_id)
        if record is None:
            raise faults.not_found(is_list=entity.is_list)
        return record


def record_type(record: Record) -> EntityType:
    """The kind of object a record is."""
    return ENTITIES[record.entity]


def _text(body: JsonObject, name: str) -> str:
    value: Json = body.get(name)
    if value is None or value == "":
        raise faults.missing(name)
    if not isinstance(value, str):
        raise faults.wrong_type(name, "java.lang.String", "Number value")
    return value
