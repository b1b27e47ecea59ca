import pytest

from harvest_qb_pipeline.settings import ConfigurationError
from harvest_qb_pipeline.transport.faults import Refused
from harvest_qb_pipeline.transport.redaction import Redactor, checked_secret, without_tokens

SECRET = "eyJhbGciOiJkaXIi.secret-part"


@pytest.mark.parametrize(
    "text",
    [
        f"Authorization: Bearer {SECRET}",
        f"{{'authorization': 'Basic {SECRET}'}}",
        f"got bearer {SECRET}",
        f"https://host/v2?access_token={SECRET}&account_id=7",
        f'{{"refresh_token":"{SECRET}","x":1}}',
        f"client_secret={SECRET}",
    ],
)
def test_what_looks_like_a_token_is_hidden_without_knowing_it(text: str) -> None:
    assert SECRET not in without_tokens(text)
    assert "[hidden]" in without_tokens(text)


@pytest.mark.parametrize(
    "text",
    [
        "Malformed bearer token: too short or too long",
        'Bearer realm="Rack::OAuth2 Protected Resources", error="invalid_token"',
        "A business validation error has occurred while processing your request",
        '{"code":"6140","element":""}',
    ],
)
def test_ordinary_error_text_is_left_as_it_is(text: str) -> None:
    assert without_tokens(text) == text


def test_a_known_secret_is_hidden_wherever_it_turns_up_also_url_encoded() -> None:
    redactor = Redactor(["pat/with+signs=="])
    assert redactor.text("a pat/with+signs== b") == "a [hidden] b"
    assert redactor.text("?t=pat%2Fwith%2Bsigns%3D%3D") == "?t=[hidden]"
    assert redactor.body(b"\xff pat/with+signs==") == b"\xff [hidden]"
    redactor.learn("second-secret")
    assert redactor.text("second-secret") == "[hidden]"
    assert "pat" not in repr(redactor)


def test_a_fault_never_shows_a_token_whatever_it_is_made_from() -> None:
    fault = Refused(f"sent Authorization: Bearer {SECRET}", system="harvest", detail=f"refresh_token={SECRET}")
    assert SECRET not in f"{fault!r} {fault} {fault.args} {fault.detail} {fault.message}"


@pytest.mark.parametrize("value", ["", "abc def", "abc\n", "äbc", "abc\tdef"])
def test_a_token_that_no_header_can_hold_is_a_configuration_error_that_does_not_show_it(value: str) -> None:
    with pytest.raises(ConfigurationError, match="HARVEST_ACCESS_TOKEN") as error:
        checked_secret("HARVEST_ACCESS_TOKEN", value)
    assert not value or value not in str(error.value)
