"""Every decision that the ledger offers is declared, and what is declared can be typed and launched."""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType

import pytest

from harvest_qb_pipeline import decisions, ledger, posting
from harvest_qb_pipeline.decisions.catalogue import DECISIONS
from harvest_qb_pipeline.decisions.decision import Decision
from harvest_qb_pipeline.ledger import reading
from harvest_qb_pipeline.ledger.store import Ledger
from harvest_qb_pipeline.settings import load_settings
from harvest_qb_pipeline_tests.decisions.surfaces import Surfaces, config_of, words_of
from harvest_qb_pipeline_tests.ledger.books import Books, bill

BY_MACHINES = {"put_link", "put_links"}
"""What a push or a matching does in its own name is nothing a person decides."""
each = pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.name)


def offered() -> Iterator[Callable[..., object]]:
    """Functions that change the ledger in the name of somebody who has to be named."""
    modules = [
        module.name
        for package in (ledger, posting)
        for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    ]
    for module in modules:
        for name, found in inspect.getmembers(importlib.import_module(module), inspect.isfunction):
            if name.startswith("_") or found.__module__ != module or name in BY_MACHINES:
                continue
            parameters = inspect.signature(found).parameters
            first = next(iter(parameters.values()), None)
            by = parameters.get("by")
            if first and first.annotation in (Ledger, "Ledger") and by and by.default is inspect.Parameter.empty:
                yield found


def names_in(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from names_in(constant)


def called() -> set[str]:
    """Names of everything that is called where decisions are declared."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(decisions.__path__, f"{decisions.__name__}."):
        functions = inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
        for _, function in functions:
            assert isinstance(function, FunctionType)
            found |= set(names_in(function.__code__)) if function.__module__ == module.name else set()
    return found


def test_every_decision_of_the_ledger_is_declared():
    functions = {function.__name__ for function in offered()}
    assert {"approve", "withdraw_request", "remove_adjustment", "clear_flag", "unwind", "set_link"} <= functions
    assert functions - called() == set()


def test_names_are_given_once():
    for names in (
        [decision.name for decision in DECISIONS],
        [decision.step for decision in DECISIONS],
        [(decision.command, decision.switch) for decision in DECISIONS],
    ):
        assert len(set(names)) == len(names)


@each
def test_the_function_takes_what_the_fields_give(decision: Decision):
    parameters = inspect.signature(decision.does).parameters
    assert set(parameters) == {"ledger", "by", *(field.name for field in decision.all_fields)}
    for field in decision.all_fields:
        is_needed = parameters[field.name].default is inspect.Parameter.empty
        assert is_needed == field.is_required, field.name


@each
def test_examples_can_be_read_and_words_are_sentences(decision: Decision):
    for field in decision.all_fields:
        assert field.read(field.example) is not None
        assert field.words.endswith((".", "!")), field.words
    assert decision.sentence.endswith(".")
    assert len(decision.read_thing(" -> ".join(field.example for field in decision.about))) == len(decision.about)


@each
def test_it_can_be_typed_and_launched_and_both_say_the_same(decision: Decision, surfaces: Surfaces):
    typed = surfaces.type(*words_of(decision))
    launched = surfaces.launch(decision, **config_of(decision))
    assert typed[0] == launched[0] in (0, 1), (typed, launched)
    if typed[0]:
        assert launched[1] == f"Nothing was done. {typed[1]}"
    assert any(field.example.partition("@")[0] in typed[1] for field in decision.about) or "`harvest-qb" in typed[1]


def test_a_bill_asked_for_by_command_is_withdrawn_by_job_and_the_other_way_round(surfaces: Surfaces):
    (withdraw,) = [decision for decision in DECISIONS if decision.name == "withdraw_bill"]
    (bill,) = [decision for decision in DECISIONS if decision.name == "bill"]
    assert surfaces.type("bill", "7", "--to", "2026-10-31")[0] == 0
    assert surfaces.type("bill", "7", "--to", "2026-11-30")[0] == 0
    code, said = surfaces.launch(withdraw, clients=[7, 8], withdrawn_by="Cleo", to_on="2026-10-31")
    assert code == 1
    assert "1 of 2 were refused, the others are done. No bill of client 8 to 2026-10-31 is asked for." in said
    assert "client 7 to 2026-11-30" in said

    code, said = surfaces.type("bill", "7", "--withdraw")
    assert (code, "will not be billed to 2026-11-30" in said) == (0, True)
    assert surfaces.type("bill", "7", "--withdraw")[0] == 0, "repeating is a no-op"

    assert surfaces.launch(bill, clients=[9], to_on="2026-10-31", requested_by="Cleo")[0] == 0
    code, said = surfaces.type("bill", "9", "--withdraw", "--to", "2026-10-31", "--by", "Bea")
    assert (code, "will not be billed to 2026-10-31" in said) == (0, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bill", "7"), "Say --to with the last day to bill, or --withdraw."),
        (("adjust", "invoice/client-1/2026-10"), "Say --amount and --reason, or --remove"),
        (("adjust", "invoice/client-1/2026-10", "--amount", "5"), "Say --amount and --reason, or --remove"),
        (("adjust", "invoice/client-1/2026-10", "--remove", "1", "--amount", "5"), "Say --amount and --reason"),
        (("approve", "--all", "invoice/client-1/2026-10"), "Name the documents to approve, or say --all."),
    ],
)
def test_what_fits_none_of_the_decisions_of_a_command_is_wrong_usage(
    surfaces: Surfaces, words: tuple[str, ...], said: str
):
    code, told = surfaces.type(*words)
    assert code == 2
    assert said in told


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("cancel", {"reason": "Wrong", "cancelled_by": "Eve"}),
        ("retry", {"retried_by": "Eve"}),
        ("unwind", {"reason": "Wrong", "unwound_by": "Eve"}),
        ("adjust", {"amount": "-7", "reason": "Wrong", "adjusted_by": "Eve"}),
        ("clear_flag", {"flag": "total_differs", "reason": "Wrong", "cleared_by": "Eve"}),
    ],
)
def test_nobody_decides_in_the_ui_on_what_they_have_not_seen(surfaces: Surfaces, name: str, more: dict[str, str]):
    """Keys can be guessed by whoever knows the clients; what was planned, and has changed since, cannot."""
    (decision,) = [one for one in DECISIONS if one.name == name]
    books = Books(load_settings().home / "ledger.sqlite")
    key = books.plan(bill()).rows[0].document
    sha256 = reading.hashes(books.ledger, [key])[key]
    last = reading.last_event_id(books.ledger)
    for thing, said in (
        (key, f"{key} has no hash. Write KEY@HASH, as the plan shows it."),
        (f"{key}@", "has no hash."),
        (f"{key}@00000000", f"{key} is not what you saw: you named 00000000, it is now "),
        (f"{key}@{sha256[:7]}", f"{key} is not what you saw"),
    ):
        code, told = surfaces.launch(decision, **{decision.things: [thing], **more})
        assert code == 1
        assert said in told
    assert reading.last_event_id(books.ledger) == last
    books.ledger.close()
