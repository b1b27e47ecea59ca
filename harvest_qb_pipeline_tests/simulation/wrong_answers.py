"""Answers that are wrong: the call was carried out, and what is answered says something else.

Belongs here: such answers as the sandbox takes them, by system. Must not be here: which calls get them (the sweeps).
"""

import json
from typing import Any

PAGE = "<html><head><title>Blocked</title></head><body><h1>Request blocked by policy</h1></body></html>"
OTHERS_NUMBER = "You must specify a different number. DocNumber=7 is assigned to TxnType=Bill with TxnId=7"

_CODES = {
    "6000 (-300xx)": ("6000", "Business Validation Error: Unexpected Internal Error. (-30034)"),
    "6000 with a reason": ("6000", "You can only use one foreign currency per transaction."),
    "6140": ("6140", OTHERS_NUMBER),
    "6210": ("6210", "The account period has closed and the account books cannot be updated"),
    "6240": ("6240", "The name supplied already exists. : Another customer, vendor or employee is already using it."),
    "2500": ("2500", "Invalid Reference Id : Names element id 583 not found"),
    "610": ("610", "Object Not Found : Something you're trying to use has been made inactive."),
    "5010": ("5010", "Stale Object Error : You and root were working on this at the same time."),
    "6190": ("6190", "Subscription period has ended or canceled or there was a billing problem"),
    "5020": ("5020", "Permission Denied Error"),
    "a code nobody has seen": ("8123", "Something nobody has seen"),
}


def _answered(status: int, body: object) -> dict[str, Any]:
    is_page = isinstance(body, str) and body.startswith("<")
    told = {"Content-Type": "text/html" if is_page else "application/json"}
    text = body if isinstance(body, str) else json.dumps(body)
    return {"kind": "status", "status": status, "body": text, "headers": told, "commit": True}


def refused_by_quickbooks(code: str, words: str) -> dict[str, Any]:
    error = {"Message": "A business validation error has occurred", "Detail": words, "code": code, "element": ""}
    return _answered(400, {"Fault": {"Error": [error], "type": "ValidationFault"}, "time": "x"})


PAGES = {f"a page of {status}": _answered(status, PAGE) for status in (200, 403, 404)}
OF_QUICKBOOKS = {
    **{name: refused_by_quickbooks(*said) for name, said in _CODES.items()},
    **PAGES,
    "an id that is null": _answered(200, '{"%s": {"Id": null, "SyncToken": "0"}, "time": "x"}'),
    "an id that is none": _answered(200, '{"%s": {"Id": "req-8f3c", "SyncToken": "0"}, "time": "x"}'),
    "NaN": _answered(200, '{"%s": {"Id": NaN}, "time": "x"}'),
    "a list": _answered(200, "[]"),
    "null": _answered(200, "null"),
    "no object": _answered(200, '{"%s": null, "time": "x"}'),
}
OF_HARVEST = {
    "400": _answered(400, {"message": "Invalid request"}),
    "403": _answered(403, {"message": "Not authorized!"}),
    "404": _answered(404, {"status": 404, "error": "Not Found"}),
    "422": _answered(422, {"message": "Number has already been taken"}),
    **PAGES,
    "an id that is null": _answered(201, '{"id": null}'),
    "an id that is none": _answered(201, '{"id": "req-8f3c"}'),
    "NaN": _answered(201, '{"id": NaN}'),
    "a list": _answered(201, "[]"),
    "null": _answered(201, "null"),
    "no object": _answered(201, "{}"),
}
OF = {"quickbooks": OF_QUICKBOOKS, "harvest": OF_HARVEST}
TYPICAL = {"6000 (-300xx)", "6240", "422", "a page of 404", "an id that is null"}
"""One of each sort, for calls whose answers are read by the same code as those of the calls that get all of them."""
SLOW_AND_LENIENT = {"query_lag_seconds": 120, "duplicate_doc_numbers": "accepted", "requestid": "forgotten"}
"""The truths under which a refusal that is believed at once leads to a second document."""
