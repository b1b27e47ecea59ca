"""What a `requestid` does under each value of its switch, and stale tokens."""

import pytest

from harvest_qb_pipeline_tests.sandbox.quickbooks_api import Api

ONE, TWO = {"DisplayName": "One"}, {"DisplayName": "Two"}


def test_a_replay_answers_the_first_bytes_and_creates_nothing() -> None:
    api = Api()
    first = api.send("POST", "/customer", ONE, requestid="r1", minorversion="75")
    api.company.clock.advance(90)
    api.ok("/customer", {"Id": "2", "SyncToken": "0", "sparse": True, "Notes": "changed since"})
    again = api.send("POST", "/customer", ONE, requestid="r1")
    assert (again.status, again.content(), again.media_type) == (200, first.content(), first.media_type)
    assert len(api.books.dump("Customer")) == 2


@pytest.mark.parametrize("switch", ["replay", "replays_faults", "ignores_body", "checks_body", "forgotten"])
def test_the_switch_decides_what_a_second_request_of_one_id_gets(switch: str) -> None:
    api = Api(requestid=switch)
    api.ok("/customer", ONE, requestid="r1")
    assert api.ok("/customer", TWO, requestid="r2")["DisplayName"] == "Two"
    status, answer = api.post("/customer", ONE, requestid="r3")
    assert (status, answer["Fault"]["Error"][0]["code"]) == (400, "6240")
    status, answer = api.post("/customer", ONE, requestid="r1")
    expected = 400 if switch == "forgotten" else 200
    assert (switch, status) == (switch, expected)
    status, answer = api.post("/customer", TWO, requestid="r1")
    if switch == "ignores_body":
        assert answer["Customer"]["DisplayName"] == "One"
    elif switch == "checks_body":
        assert answer["Fault"]["Error"][0] == {
            "Message": "Duplicate Request ID",
            "Detail": "Duplicate Request ID : The request id r1 was used for another request.",
            "code": "600",
            "element": "",
        }
    else:
        assert answer["Fault"]["Error"][0]["code"] == "6240"


@pytest.mark.parametrize("switch", ["replay", "ignores_body", "checks_body", "forgotten"])
def test_a_fault_is_not_replayed(switch: str) -> None:
    api = Api(requestid=switch)
    assert api.code("/customer", {"DisplayName": "Acme"}, requestid="r1") == "6240"
    api.books.ui_update("Customer", "1", {"DisplayName": "Renamed"})
    assert api.ok("/customer", {"DisplayName": "Acme"}, requestid="r1")["Id"] == "2"


def test_a_fault_may_be_replayed_for_ever_by_switch() -> None:
    api = Api(requestid="replays_faults")
    assert api.code("/customer", {"DisplayName": "Acme"}, requestid="r1") == "6240"
    api.books.ui_update("Customer", "1", {"DisplayName": "Renamed"})
    assert api.code("/customer", {"DisplayName": "Acme"}, requestid="r1") == "6240"
    assert api.ok("/customer", {"DisplayName": "Acme"}, requestid="r2")["Id"] == "2"


def test_a_forgotten_request_id_makes_a_second_invoice() -> None:
    api = Api(requestid="forgotten")
    assert [api.ok("/invoice", api.invoice(), requestid="r1")["Id"] for _ in range(2)] == ["1", "2"]


def test_a_deletion_is_replayed_too() -> None:
    api = Api()
    api.ok("/invoice", api.invoice())
    key = {"Id": "1", "SyncToken": "0"}
    assert api.ok("/invoice", key, operation="delete", requestid="d1")["status"] == "Deleted"
    assert api.ok("/invoice", key, operation="delete", requestid="d1")["status"] == "Deleted"
    assert api.code("/invoice", key, operation="delete") == "610"


def test_an_update_and_a_deletion_of_the_same_bytes_are_different_requests() -> None:
    api = Api()
    api.ok("/invoice", api.invoice(PrivateNote="n"))
    key = {"Id": "1", "SyncToken": "0"}
    api.ok("/invoice", key, operation="void", requestid="r1")
    assert api.code("/invoice", key, operation="delete", requestid="r1") == "5010"


@pytest.mark.parametrize("request_id", ["", "x" * 51])
def test_a_request_id_has_at_most_50_characters(request_id: str) -> None:
    assert Api().code("/customer", ONE, requestid=request_id) == "2130"
    assert Api().ok("/customer", ONE, requestid="x" * 50)["Id"] == "2"


def test_request_ids_outlive_a_restart() -> None:
    api, later = Api(), Api()
    api.ok("/customer", ONE, requestid="r1")
    later.books.load_state(api.books.to_state())
    assert later.ok("/customer", ONE, requestid="r1")["Id"] == "2"
    assert len(later.books.dump("Customer")) == 2


def test_each_update_needs_the_newest_sync_token() -> None:
    api = Api()
    change = {"Id": "1", "SyncToken": "0", "sparse": True, "Notes": "a"}
    assert api.ok("/customer", change)["SyncToken"] == "1"
    assert api.code("/customer", change) == "5010"
    assert api.ok("/customer", change | {"SyncToken": "1"})["SyncToken"] == "2"
