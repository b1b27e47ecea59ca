"""Keys of documents, postings and links, and the marker: made and read here, in Python and as DuckDB macros.

Belongs here: the grammar of both, and nothing that needs a table. Must not be here: what a key stands for.

A key is `FAMILY/RECORD-ID`, then perhaps more parts: `customer/client-12` is the customer of Harvest's client 12, both
as a link and as the posting that makes it; `client/customer-58` is the client of QuickBooks' customer 58. Postings of
one document differ by their family only: `invoice/client-12/2026-10` and `twin/client-12/2026-10`. Ids are numbers in
both systems. The marker, `[hq:KEY rREVISION LEDGER]`, is how a document of ours is known again in QuickBooks, and which
ledger made it (rule 27); markers from before ledgers had ids lack that part.

Each macro says the same as the function of its name; `.sql` files may use it on every connection to the warehouse.
"""

import re

_ID = "[0-9]{1,18}"
_RECORD = re.compile(f"(?P<family>[a-z_]+)/(?P<record>[a-z]+)-(?P<id>{_ID})")
_SUBJECT = re.compile(f"[a-z_]+/(?P<subject>[a-z]+-{_ID})(/.*)?", re.DOTALL)
# What white space is differs between Python and DuckDB, unless it is written out.
_MARKER = re.compile(r"\[hq:(?P<key>[^ \t\n\v\f\r]+) r[0-9]+( (?P<ledger>[0-9a-z]{1,20}))?\]")


def key_prefix(family: str, record: str) -> str:
    """What all keys of one sort begin with: `customer/client-`."""
    return f"{family}/{record}-"


def customer_key(client_id: int | str) -> str:
    """The customer in QuickBooks of a client in Harvest."""
    return f"customer/client-{client_id}"


def job_key(project_id: int | str) -> str:
    """The job in QuickBooks of a project in Harvest."""
    return f"job/project-{project_id}"


def employee_key(user_id: int | str) -> str:
    """The employee in QuickBooks that a person in Harvest is."""
    return f"employee/user-{user_id}"


def vendor_key(user_id: int | str) -> str:
    """The vendor in QuickBooks through which a person in Harvest is paid."""
    return f"vendor/user-{user_id}"


def item_key(source: str, source_id: int | str) -> str:
    """The item in QuickBooks of a `task` or an invoice `category` in Harvest."""
    return f"item/{source}-{source_id}"


def client_key(customer_id: int | str) -> str:
    """The client in Harvest of a customer that was made in QuickBooks."""
    return f"client/customer-{customer_id}"


def contact_key(customer_id: int | str) -> str:
    """The contact in Harvest of a customer that was made in QuickBooks."""
    return f"contact/customer-{customer_id}"


def project_key(customer_id: int | str) -> str:
    """The project in Harvest of a job, or the first one of a customer, that was made in QuickBooks."""
    return f"project/customer-{customer_id}"


def bill_key(client_id: int, group_key: str, period_key: str) -> str:
    """The bill of a client's period; `group_key` is empty for the client's common invoice."""
    return "/".join(part for part in (f"invoice/client-{client_id}", group_key, period_key) if part)


def fixed_fee_key(project_id: int) -> str:
    """The bill of a project's fixed fee."""
    return f"invoice/project-{project_id}/fixed-fee"


def expense_bill_key(expense_id: int) -> str:
    """The bill of an expense that is on no other."""
    return f"invoice/expense-{expense_id}"


def change_series(kind: str, link_key: str, part: str) -> str:
    """The changes of one sort to a linked record, without their number; `part` is empty, or what is changed apart."""
    return "/".join(piece for piece in (kind, subject_of(link_key), part) if piece)


def change_key(series: str, number: int) -> str:
    """One change of a series, counted from 1."""
    return f"{series}/{number}"


def member_key(key: str, family: str) -> str:
    """The posting of another family that stands for the same: `twin/client-12/2026-10` of the invoice."""
    return f"{family}/{key.partition('/')[2]}"


def family_of(key: str) -> str:
    """`customer` of `customer/client-12`."""
    return key.partition("/")[0]


def subject_of(key: str) -> str | None:
    """`client-12` of `customer/client-12` and of `invoice/client-12/2026-10`; None when it is no key of a record."""
    found = _SUBJECT.fullmatch(key)
    return found["subject"] if found else None


def id_in(key: str, family: str) -> int | None:
    """12 of `customer/client-12` for family `customer`; None for a key of another family, or one with more parts."""
    found = _RECORD.fullmatch(key)
    return int(found["id"]) if found and found["family"] == family else None


def record_in(key: str) -> str | None:
    """`client` of `customer/client-12`; None for a key that does not end with its record."""
    found = _RECORD.fullmatch(key)
    return found["record"] if found else None


def billed_client(key: str) -> int | None:
    """12 of `invoice/client-12/2026-10`, whatever the family; None for what is not of a client."""
    subject = subject_of(key) or ""
    return int(subject.removeprefix("client-")) if subject.startswith("client-") else None


def series_of(key: str) -> str:
    """The series of a change, or any key without the number at its end."""
    return re.sub(r"/[0-9]+\Z", "", key)


def marker(key: str, revision: int, ledger_id: str) -> str:
    """The mark that a document of ours carries in QuickBooks (rule 27)."""
    return f"[hq:{key} r{revision} {ledger_id}]"


def marked_keys(text: str | None) -> list[str]:
    """Keys named by the markers in a memo or note, in their order."""
    return [found["key"] for found in _MARKER.finditer(text or "")]


def marked_ledgers(text: str | None) -> list[str]:
    """Ids of the ledgers that made the markers in a memo or note, of those that say so, in their order."""
    return [found["ledger"] for found in _MARKER.finditer(text or "") if found["ledger"]]


def marked_id(text: str | None, family: str) -> int | None:
    """The id in the first key of `family` that the markers of a memo or note name."""
    return next((found for key in marked_keys(text) if (found := id_in(key, family)) is not None), None)


MACROS = rf"""
    customer_key(client_id) AS 'customer/client-' || client_id;
    job_key(project_id) AS 'job/project-' || project_id;
    employee_key(user_id) AS 'employee/user-' || user_id;
    vendor_key(user_id) AS 'vendor/user-' || user_id;
    item_key(source, source_id) AS 'item/' || source || '-' || source_id;
    client_key(customer_id) AS 'client/customer-' || customer_id;
    contact_key(customer_id) AS 'contact/customer-' || customer_id;
    project_key(customer_id) AS 'project/customer-' || customer_id;
    bill_key(client_id, group_key, period_key) AS 'invoice/client-' || client_id || '/'
        || CASE WHEN group_key = '' THEN '' ELSE group_key || '/' END || period_key;
    fixed_fee_key(project_id) AS 'invoice/project-' || project_id || '/fixed-fee';
    expense_bill_key(expense_id) AS 'invoice/expense-' || expense_id;
    member_key(key, family) AS family || '/' || substr(key, strpos(key, '/') + 1);
    family_of(key) AS split_part(key, '/', 1);
    subject_of(key) AS nullif(regexp_extract(key, '\A[a-z_]+/([a-z]+-{_ID})(/[\x00-\x{{10FFFF}}]*)?\z', 1), '');
    change_series(kind, link_key, part) AS concat_ws('/', kind, subject_of(link_key), nullif(part, ''));
    change_key(series, number) AS series || '/' || number;
    series_of(key) AS regexp_replace(key, '/[0-9]+\z', '');
    id_in(key, family) AS TRY_CAST(regexp_extract(key, '\A' || family || '/[a-z]+-({_ID})\z', 1) AS BIGINT);
    record_in(key) AS nullif(regexp_extract(key, '\A[a-z_]+/([a-z]+)-{_ID}\z', 1), '');
    billed_client(key) AS TRY_CAST(regexp_extract(subject_of(key), '\Aclient-({_ID})\z', 1) AS BIGINT);
    marker(key, revision, ledger_id) AS '[hq:' || key || ' r' || revision || ' ' || ledger_id || ']';
    marked_keys(text) AS regexp_extract_all(
        coalesce(text, ''), '\[hq:([^ \t\n\v\f\r]+) r[0-9]+( [0-9a-z]{{1,20}})?\]', 1
    );
    marked_ledgers(text) AS list_filter(
        regexp_extract_all(
            coalesce(text, ''), '\[hq:[^ \t\n\v\f\r]+ r[0-9]+( ([0-9a-z]{{1,20}}))?\]', 2
        ), lambda id: id <> ''
    );
    marked_id(text, family) AS list_filter(
        list_transform(marked_keys(text), lambda key: id_in(key, family)), lambda id: id IS NOT NULL
    )[1];
"""
"""What follows `CREATE MACRO`, each ended by a semicolon; none has one within."""
