"""What a bookkeeper reads when QuickBooks says no: one sentence or two per error code, with what to fix and where.

Belongs here: wording, by code (docs/apis.md Q7). Must not be here: deciding whether the write happened.
"""

import re

_SENTENCES = {
    "100": "QuickBooks does not know this connection for the company in QUICKBOOKS_REALM_ID. Check the company's"
    " id, or connect again with `harvest-qb connect`.",
    "120": "The person who connected QuickBooks no longer has access to this company. An administrator of the "
    "company has to give access back (Manage users) or connect again with `harvest-qb connect`.",
    "500": "QuickBooks does not support this operation for this company.",
    "620": "QuickBooks cannot link these two transactions: one belongs to another customer or is used up already.",
    "2010": "QuickBooks does not accept one of the fields that were sent. This is a fault of this program; report"
    " it with the posting's key.",
    "2020": "A required value is missing.",
    "2030": "An id in the document is not one of QuickBooks'.",
    "2050": "A text is longer or shorter than QuickBooks allows. Shorten it in Harvest or in policy.toml.",
    "2060": "A date is not one that QuickBooks accepts.",
    "2070": "A date is not one that QuickBooks accepts.",
    "2090": "A number is not one that QuickBooks accepts.",
    "2130": "QuickBooks does not accept the request id. This is a fault of this program; report it.",
    "2170": "A choice is not one of those QuickBooks knows.",
    "2210": "An e-mail address is not valid. Correct it at the customer in QuickBooks or the contact in Harvest.",
    "2410": "QuickBooks needs the currency and the exchange rate of this document: its customer is billed in a "
    "foreign currency.",
    "2500": "The document refers to a customer, item, account, term or class that QuickBooks does not have or "
    "that was made inactive. Restore it in QuickBooks or correct the mapping in policy.toml, then sync "
    "and plan again.",
    "3000": "A custom field is not set up in QuickBooks (Account and settings, Sales, Custom fields).",
    "3100": "QuickBooks does not let this app into this company: the company is not connected to the app, or the "
    "keys are for the other environment (development or production). Check QUICKBOOKS_CLIENT_ID and "
    "QUICKBOOKS_CLIENT_SECRET, then connect again with `harvest-qb connect`.",
    "3200": "QuickBooks did not accept the access token. If it goes on, connect again with `harvest-qb connect`.",
    "4000": "QuickBooks could not read the query. This is a fault of this program; report it.",
    "4001": "QuickBooks does not allow this query. This is a fault of this program; report it.",
    "4002": "QuickBooks does not allow this query. This is a fault of this program; report it.",
    "5010": "Somebody changed this record in QuickBooks at the same moment. It is read again before anything else"
    " is done.",
    "5020": "The QuickBooks user who connected the company may not do this. Give that user the right (Manage "
    "users), or connect again as an administrator.",
    "5030": "The company's QuickBooks plan does not have this feature.",
    "6000": "QuickBooks' own rules do not allow this document.",
    "6070": "The amount of a line is not its quantity times its rate. This is a fault of this program; report it "
    "with the posting's key.",
    "6080": "The customer has no name. Give the client a name in Harvest.",
    "6100": "A tax code of a line is not allowed here; in a US company only TAX and NON are.",
    "6130": "QuickBooks does not let the way this customer is billed with its parent be changed.",
    "6140": "Another QuickBooks transaction already has this number. Change that transaction's number in "
    "QuickBooks, or look whether the work was invoiced by hand before; then run `harvest-qb plan` again.",
    "6150": "A sub-customer needs a parent customer in QuickBooks. Check that the client's customer still exists.",
    "6180": "QuickBooks allows sub-customers only five levels deep.",
    "6190": "QuickBooks accepts no new data for this company: the subscription or trial has ended, or there is a "
    "billing problem. Sign in to QuickBooks and renew it (Account and settings, Billing).",
    "6200": "The books are closed for this date. Reopen the period in QuickBooks (Account and settings, Advanced,"
    " Close the books), or let the document be planned with a later date.",
    "6220": "QuickBooks cannot make this inactive while it has an open balance.",
    "6240": "Another customer, vendor or employee in QuickBooks already has this name. If it is the same client, "
    "link it with `harvest-qb links`; else rename one of the two, then run `harvest-qb plan` again.",
    "6250": "The customer of this document is invalid or inactive in QuickBooks. Make it active again (Sales, "
    "Customers, include inactive), or link the client to another one.",
    "6280": "QuickBooks cannot make this customer inactive: it has expenses that are not billed yet.",
    "6310": "Billable time needs a customer.",
    "6330": "Billable time needs a rate.",
    "6420": "QuickBooks wants the customer's e-mail address to send this. Enter it at the customer in QuickBooks.",
    "6430": "An account is of a type that QuickBooks does not allow here. Correct the account of the item in "
    "QuickBooks, or the mapping in policy.toml.",
    "6440": "A line needs a product or service. Check the item mapping in policy.toml.",
    "6470": "The tax of this document does not fit the company's tax settings in QuickBooks.",
    "6480": "QuickBooks does not let this be changed: it is matched with a bank transaction. Undo the match first.",
    "6540": "QuickBooks does not let this be changed: it is part of a deposit. Remove it from the deposit first.",
}
_SENTENCES["6210"] = _SENTENCES["6200"]

_GONE = "This record was deleted in QuickBooks by somebody. Look at its audit log there, then decide what to bill."
_INACTIVE = (
    "The document refers to a customer, item, account or term that was made inactive (or deleted) in QuickBooks. "
    "Make it active again there, or correct the mapping in policy.toml, then sync and plan again."
)
_NUMBER_TAKEN = re.compile(r"DocNumber=(\S+) is assigned to TxnType=(.+?) with TxnId=([0-9]+)")
_SAID_BETTER = {"100", "120", "3100", "3200", "5010", "6190", "6200", "6210", "6240"}
"""Codes whose own words add nothing to ours, or are jargon; they stay in the fault's detail."""


def is_refusal(code: str) -> bool:
    """Whether this code is known to be a no to what was asked (all of 2xxx are: validation). Of any other nobody can
    say what it proves."""
    return code in _SENTENCES or code == "610" or re.fullmatch(r"2\d{3}", code) is not None


def sentence_for(code: str, words: str, element: str) -> str:
    """The sentence for one error: ours for a known code, with QuickBooks' own words and the field where they add
    something; QuickBooks' words alone for a code nobody has seen yet."""
    own = _plain(words)
    if code == "610":
        return _GONE if "deleted this transaction" in words else _INACTIVE
    known = _SENTENCES.get(code)
    if known is None:
        field = f" (field {element})" if element else ""
        return f'QuickBooks refused{field}, code {code or "unknown"}: "{own or "no reason given"}".'
    if code == "6140":
        return known.replace("Another QuickBooks transaction", _owner(words), 1)
    if code in _SAID_BETTER:
        return known
    return _quoted(known, own, element)


def owner_of_number(words: str) -> tuple[str, str] | None:
    """Sort and id of the transaction that has the number already, where QuickBooks names it (6140)."""
    named = _NUMBER_TAKEN.search(words)
    return (named[2], named[3]) if named else None


def _owner(words: str) -> str:
    named = _NUMBER_TAKEN.search(words)
    if named is None:
        return "Another QuickBooks transaction"
    number, kind, record = named.groups()
    return f"Number {number} is taken: {kind} (id {record}) in QuickBooks"


def _quoted(sentence: str, own: str, element: str = "") -> str:
    field = f", field {element}" if element and element not in own else ""
    return f'{sentence} (QuickBooks{field}: "{own}".)' if own else sentence


def _plain(words: str) -> str:
    """QuickBooks' words without the name of the code that it puts in front of them, on one line, shortened."""
    text = " ".join(words.split())
    text = re.sub(r"^(?:Business Validation Error|Invalid Reference Id|Stale Object Error)\s*:\s*", "", text)
    return text.rstrip(". ")[:300]
