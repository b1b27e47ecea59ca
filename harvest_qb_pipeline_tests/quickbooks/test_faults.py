import json

import pytest

from harvest_qb_pipeline.quickbooks import faults
from harvest_qb_pipeline.transport.faults import (
    Fault,
    Forbidden,
    NotFound,
    Refused,
    Stale,
    Throttled,
    Unauthorised,
    Unknown,
)
from harvest_qb_pipeline.transport.http import Answer

CLOSED = (
    "The account period has closed and the account books cannot be updated through through the QBO Services API. "
    "Please use the QBO website to make these changes."
)
TAKEN = (
    "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
    "DocNumber=1001 is assigned to TxnType=Invoice with TxnId=130"
)
NAME = (
    "The name supplied already exists. : Another customer, vendor or employee is already using this name. "
    "Please use a different name."
)
INACTIVE = (
    "Object Not Found : Something you're trying to use has been made inactive. "
    "Check the fields with accounts, customers, items, vendors or employees."
)
ENDED = "Subscription period has ended or canceled or there was a billing problem : You can't add data to QuickBooks"
WAIT = (
    "Business Validation Error: An unexpected error occurred while accessing or saving your data. "
    "Please wait a few minutes and try again."
)
INTERNAL = "Business Validation Error: Unexpected Internal Error. (-30003)"
NO_ACCESS = ": -11014-You do not have access to use QuickBooks Online Plus."


def error(code: str, detail: str | None, message: str = "the name of the code", element: str = "") -> dict[str, object]:
    return {"Message": message, "Detail": detail, "code": code, "element": element}


def capital(*errors: dict[str, object], kind: str = "ValidationFault") -> bytes:
    return json.dumps(
        {"Fault": {"Error": list(errors), "type": kind}, "time": "2026-01-15T10:30:00.123-08:00"}
    ).encode()


def lower(code: str, message: str, detail: str | None) -> bytes:
    entry = {"message": message, "detail": detail, "code": code, "element": None}
    body = {"warnings": None, "fault": {"error": [entry], "type": "AUTHENTICATION"}, "queryResponse": None, "time": 1}
    return json.dumps(body).encode()


THROTTLE_XML = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<IntuitResponse time="2016-12-07T15:27:09.527-08:00" xmlns="http://schema.intuit.com/finance/v3">
  <Fault type="SERVICE"><Error code="3001">
    <Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message>
    <Detail>The request limit was reached.  Try again later</Detail></Error></Fault>
</IntuitResponse>"""
WRONG_REALM_XML = b"""<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="AuthenticationFault">
<Error code="100"><Message>General Authentication Error</Message>
<Detail>AuthenticationErrorGeneral: SRV-110-Authentication Failure , statusCode: 401</Detail></Error></Fault>
</IntuitResponse>"""
AUTH = "message=AuthenticationFailed; errorCode=003200; statusCode=401"
APP = "message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403"

CASES: list[tuple[int, bytes, type[Fault], str, str]] = [
    (400, capital(error("6210", CLOSED)), Refused, "6210", "The books are closed for this date. Reopen the period"),
    (400, capital(error("6200", CLOSED)), Refused, "6200", "Close the books"),
    (400, capital(error("6140", TAKEN)), Refused, "6140", "Number 1001 is taken: Invoice (id 130) in QuickBooks"),
    (400, capital(error("6140", "no details")), Refused, "6140", "Another QuickBooks transaction already has this"),
    (400, capital(error("6240", NAME)), Refused, "6240", "link it with `harvest-qb links`"),
    (400, capital(error("2500", "Invalid Reference Id : Names element id 583 not found")), Refused, "2500",
     '"Names element id 583 not found"'),
    (400, capital(error("610", INACTIVE)), NotFound, "610", "Make it active again"),
    (400, capital(error("610", "Object Not Found : Another user has deleted this transaction.")), NotFound, "610",
     "was deleted in QuickBooks"),
    (400, capital(error("5010", "Stale Object Error : You and root were working on this")), Stale, "5010",
     "changed this record"),
    (400, capital(error("6070", "Amount is not equal to UnitPrice * Qty. Supplied value:1,000", element="Line.Amount")),
     Refused, "6070", "field Line.Amount"),
    (400, capital(error("6190", ENDED)), Refused, "6190", "subscription or trial has ended"),
    (400, capital(error("2020", "Required parameter AccountRef is missing in the request", element="AccountRef")),
     Refused, "2020", '"Required parameter AccountRef is missing in the request"'),
    (400, capital(error("2050", "Min:0 Max:21 supported. Supplied length:45", element="DocNumber")), Refused, "2050",
     "field DocNumber"),
    (400, capital(error("6000", "Business Validation Error: You can only use one foreign currency per transaction.")),
     Refused, "6000", '"You can only use one foreign currency per transaction"'),
    (400, capital(error("6000", WAIT)), Unknown, "6000", "a problem of its own"),
    (400, capital(error("600", "Duplicate Request ID")), Unknown, "600", "a problem of its own"),
    (400, capital(error("10000", "System Failure Error")), Unknown, "10000", "a problem of its own"),
    (500, capital(error("10000", "System Failure Error: ..."), kind="SystemFault"), Unknown, "10000", "status 500"),
    (500, capital(error("6140", TAKEN)), Unknown, "6140", "status 500"),
    (500, lower("3200", AUTH, "Token expired"), Unknown, "3200", "status 500"),
    (503, THROTTLE_XML, Unknown, "3001", "status 503"),
    (503, b"<html>Service Unavailable</html>", Unknown, "", "status 503"),
    (504, b"", Unknown, "", "status 504"),
    (400, b"<html>Bad Request</html>", Unknown, "", "status 400"),
    (302, b"", Unknown, "", "status 302"),
    (413, b"<html>Too large</html>", Unknown, "", "status 413"),
    (404, b"<html>Not found</html>", Unknown, "", "QUICKBOOKS_BASE_URL"),
    (404, b"", Unknown, "", "QUICKBOOKS_REALM_ID"),
    (401, b"<html>Sign in to the guest network</html>", Unknown, "", "a firewall"),
    (405, b"", Unknown, "", "status 405"),
    (404, capital(error("610", INACTIVE)), NotFound, "610", "Make it active again"),
    (400, capital(error("6000", INTERNAL)), Unknown, "6000", "Unexpected Internal Error. (-30003)"),
    (400, capital(error("6000", "Business Validation Error: (-30141)")), Unknown, "6000", "(-30141)"),
    (400, capital(error("6000", "The request timed out. Try again.")), Unknown, "6000", "timed out"),
    (200, capital(error("6000", INTERNAL)), Unknown, "6000", "status 200"),
    (400, capital(error("", "")), Unknown, "", "a problem of its own"),
    (401, lower("3200", AUTH, "Token expired"), Unauthorised, "3200", "did not accept the access token"),
    (401, lower("003200", AUTH, None), Unauthorised, "3200", "did not accept the access token"),
    (401, capital(error("3200", "Malformed bearer token: too short or too long")), Unauthorised, "3200", "token"),
    (401, WRONG_REALM_XML, Unauthorised, "100", "QUICKBOOKS_REALM_ID"),
    (401, b"", Unauthorised, "", "harvest-qb connect"),
    (403, lower("3100", APP, None), Forbidden, "3100", "QUICKBOOKS_CLIENT_ID"),
    (403, b"<html>Access Denied</html>", Unknown, "", '(status 403: "Access Denied")'),
    (403, b"", Unknown, "", "status 403"),
    (403, capital(error("120", NO_ACCESS), kind="AuthorizationFault"), Forbidden, "120", "no longer has access"),
    (400, capital(error("120", NO_ACCESS), kind="AuthorizationFault"), Forbidden, "120", "no longer has access"),
    (400, capital(error("5020", "Permission Denied Error")), Forbidden, "5020", "may not do this"),
    (400, capital(error("9999", "Something nobody has seen", element="Line")), Unknown, "9999",
     'code 9999). It said: "Something nobody has seen"'),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "kind", "code", "sentence"), CASES)
def test_every_error_body_becomes_a_typed_fault_with_a_sentence(
    status: int, body: bytes, kind: type[Fault], code: str, sentence: str
) -> None:
    fault = faults.fault(Answer(status, {"intuit_tid": "1-abc"}, body))
    assert type(fault) is kind
    assert sentence in fault.message
    assert (fault.system, fault.status, fault.code, fault.trace) == ("quickbooks", status, code, "1-abc")


@pytest.mark.parametrize("body", [THROTTLE_XML, capital(error("3001", "The request limit was reached.")), b""])
def test_throttling_is_read_in_xml_json_or_nothing(body: bytes) -> None:
    fault = faults.fault(Answer(429, {}, body))
    assert isinstance(fault, Throttled)
    assert not fault.is_told
    told = faults.fault(Answer(429, {"retry-after": "20"}, body))
    assert isinstance(told, Throttled)
    assert (told.retry_after, told.is_told) == (20, True)
    assert isinstance(faults.fault(Answer(403, {}, THROTTLE_XML)), Throttled), "as it was before 2016"


def test_several_errors_of_one_fault_are_all_told_once_each() -> None:
    missing = [error("2020", f"Required parameter {name} is missing in the request") for name in ("A", "B", "B")]
    fault = faults.fault(Answer(400, {}, capital(error("6140", TAKEN), *missing)))
    assert type(fault) is Refused
    assert fault.code == "6140"
    assert fault.message.count("Number 1001 is taken") == 1
    assert fault.message.count("parameter A") == 1
    assert fault.message.count("parameter B") == 1


def test_one_doubtful_error_among_several_makes_the_whole_answer_doubtful() -> None:
    assert type(faults.fault(Answer(400, {}, capital(error("2020", "x"), error("6000", WAIT))))) is Unknown


def test_an_item_of_a_batch_answer_is_read_like_a_body() -> None:
    item = {"bId": "bid1", "Fault": {"type": "ValidationFault", "Error": [error("6240", NAME)]}}
    assert [found.code for found in faults.errors_of(item)] == ["6240"]
    fault = faults.fault(Answer(400, {}, json.dumps(item).encode()))
    assert type(fault) is Refused
    assert fault.code == "6240"
    assert faults.errors_of({"bId": "bid2", "Customer": {"Id": "67"}}) == []


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b'{"Fault": null}', b'{"Fault": {"Error": []}}', b'{"Fault": "x"}', b"<Fault", b"\xff\xfe"],
)
def test_bodies_without_an_error_have_none(body: bytes) -> None:
    assert faults.errors_in(body) == []


def test_an_xml_body_that_defines_entities_is_not_parsed() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><R><Fault><Error code="3001">&a;</Error></Fault></R>'
    assert faults.errors_in(bomb) == []


def test_a_closed_period_reads_as_a_bookkeeper_would_say_it() -> None:
    assert faults.fault(Answer(400, {}, capital(error("6210", CLOSED)))).message == (
        "The books are closed for this date. Reopen the period in QuickBooks (Account and settings, Advanced, Close "
        "the books), or let the document be planned with a later date."
    )
