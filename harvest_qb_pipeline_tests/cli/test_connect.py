"""What `connect` accepts from a pasted address."""

import pytest

from harvest_qb_pipeline.cli.connect import code_in
from harvest_qb_pipeline.cli.output import Failed

ANSWER = "http://localhost:8000/callback?code=AB11&state=s1&realmId=913"


def test_the_code_of_our_own_request_is_taken() -> None:
    assert code_in(f"  {ANSWER}\n", state="s1", realm_id="913") == "AB11"


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://localhost:8000/callback?error=access_denied&state=s1", "not allowed"),
        ("http://localhost:8000/callback", "whole address"),
        (ANSWER.replace("s1", "s2"), "another request"),
        (ANSWER.replace("realmId=913", "realmId=914"), "QUICKBOOKS_REALM_ID is 913"),
    ],
)
def test_any_other_address_is_refused_with_what_to_do(address: str, words: str) -> None:
    with pytest.raises(Failed, match=words):
        code_in(address, state="s1", realm_id="913")
