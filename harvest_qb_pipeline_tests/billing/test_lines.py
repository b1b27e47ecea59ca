"""Lines and where each cent comes from (rules 7, 8, 20), on a bookkeeper's examples."""

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvest_qb_pipeline.money import minor_unit_digits
from harvest_qb_pipeline.planning.invariants import breach_of, invariants_of
from harvest_qb_pipeline_tests.billing.books import POLICY, Books

OCTOBER = "invoice/client-1/2026-10"


def lines(books: Books) -> list[tuple[str, str, str, str]]:
    books.build()
    found = books.rows(
        "SELECT description, quantity, unit_price, amount FROM billing.invoice_lines ORDER BY document_key, line_number"
    )
    return [(text, f"{hours:f}", f"{rate.normalize():f}", f"{amount:.2f}") for text, hours, rate, amount in found]


def shares(books: Books) -> list[str]:
    return [
        f"{row[0]:.2f}" for row in books.rows("SELECT amount FROM billing.line_sources ORDER BY time_entry_id_harvest")
    ]


def test_hours_of_one_task_and_rate_are_one_line(books):
    books.entry("2026-10-05", "2.5")
    books.entry("2026-10-07", "1.25", user_id_harvest=1001)
    assert lines(books) == [("Website: Design (Oct 5, 2026 - Oct 7, 2026)", "3.75", "100", "375.00")]


def test_a_line_never_mixes_rates(books):
    """Rule 7: Amount = Qty x UnitPrice has to hold in QuickBooks."""
    books.entry("2026-10-05", "1", "100")
    books.entry("2026-10-06", "1", "110")
    assert lines(books) == [
        ("Website: Design (Oct 6, 2026)", "1.00", "110", "110.00"),
        ("Website: Design (Oct 5, 2026)", "1.00", "100", "100.00"),
    ]


def test_the_line_is_rounded_once_half_up_and_its_cents_are_shared_out(books):
    """3 x 0.35 h at 99.90: 104.895 rounds to 104.90; each third is 34.965, so two get a cent and one does not."""
    for day in ("2026-10-05", "2026-10-06", "2026-10-07"):
        books.entry(day, "0.35", "99.90")
    assert [line[3] for line in lines(books)] == ["104.90"]
    assert shares(books) == ["34.97", "34.97", "34.96"]


def test_the_share_with_the_largest_remainder_gets_the_cent(books):
    """1.03 + 1.05 h at 33.33 = 69.3264, rounded 69.33: 34.3299 loses .9899 of a cent, 34.9965 only .65."""
    books.entry("2026-10-05", "1.03", "33.33")
    books.entry("2026-10-06", "1.05", "33.33")
    assert [line[3] for line in lines(books)] == ["69.33"]
    assert shares(books) == ["34.33", "35.00"]


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "105"), ("KWD", "104.895"), ("USD", "104.90")])
def test_amounts_have_the_places_of_their_currency(books, currency, amount):
    """Rule 6."""
    books.con.execute("UPDATE harvest.clients SET currency = ?", [currency])
    books.entry("2026-10-05", "1.05", "99.90")
    books.build()
    assert books.one("SELECT amount FROM billing.invoice_lines") == Decimal(amount)
    assert books.one("SELECT amount FROM billing.line_sources") == Decimal(amount)


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        ("project_task", ["Website: Design (Oct 5, 2026 - Oct 6, 2026)", "Website: Development (Oct 6, 2026)"]),
        ("project_person", ["Website: Ann Lee (Oct 5, 2026 - Oct 6, 2026)", "Website: Bo Chan (Oct 6, 2026)"]),
        ("project", ["Website (Oct 5, 2026 - Oct 6, 2026)"]),
        (
            "detailed",
            [
                "Website: Design, Ann Lee (Oct 5, 2026)\nlogo",
                "Website: Design, Bo Chan (Oct 6, 2026)",
                "Website: Development, Ann Lee (Oct 6, 2026)",
            ],
        ),
    ],
)
def test_the_policy_says_what_makes_a_line(books, grouping, expected):
    books.say(f'{POLICY}\n[billing]\ngrouping = "{grouping}"\n')
    books.entry("2026-10-05", "1", notes="logo")
    books.entry("2026-10-06", "1", task_id_harvest=101)
    books.entry("2026-10-06", "1", user_id_harvest=1001)
    assert [line[0] for line in lines(books)] == expected


def test_notes_are_on_no_line_but_detailed_ones(books):
    books.entry("2026-10-05", "1", notes="Do not show this to the client")
    assert "show" not in lines(books)[0][0]


def test_a_long_note_is_cut_to_what_quickbooks_holds(books):
    books.say(f'{POLICY}\n[billing]\ngrouping = "detailed"\n')
    books.entry("2026-10-05", "1", notes="x" * 5000)
    assert len(lines(books)[0][0]) == 4000


def test_the_code_of_a_project_comes_before_its_name(books):
    books.con.execute("UPDATE harvest.projects SET project_code = 'WEB-01'")
    books.entry("2026-10-05", "1")
    assert lines(books)[0][0] == "[WEB-01] Website: Design (Oct 5, 2026)"


def test_the_first_item_rule_that_fits_wins(books):
    for item, name in (("7", "Design"), ("8", "Web")):
        books.add("quickbooks.items", item_id_qb=item, item_name=name, fully_qualified_name=name, is_active=True)
    books.say(
        POLICY + '[[items.rules]]\nproject = "website"\ntask = "Design"\nitem = "Design"\n'
        '[[items.rules]]\nproject = 10\nitem = { id = "8" }\n'
    )
    books.project(11, "Other")
    books.entry("2026-10-05", "1")
    books.entry("2026-10-05", "1", task_id_harvest=101)
    books.entry("2026-10-05", "1", project_id_harvest=11)
    books.build()
    found = books.rows("SELECT description, item_id_qb FROM billing.invoice_lines ORDER BY line_number")
    assert [(text.split(" (")[0], item) for text, item in found] == [
        ("Other: Design", "1"),
        ("Website: Design", "7"),
        ("Website: Development", "8"),
    ]


def test_one_line_per_project_is_parted_where_items_differ(books):
    books.add("quickbooks.items", item_id_qb="7", item_name="Design", fully_qualified_name="Design", is_active=True)
    books.say(POLICY + '[billing]\ngrouping = "project"\n[[items.rules]]\ntask = "Design"\nitem = "Design"\n')
    books.entry("2026-10-05", "1")
    books.entry("2026-10-05", "2", task_id_harvest=101)
    books.build()
    assert books.rows("SELECT item_id_qb, quantity FROM billing.invoice_lines ORDER BY 1") == [("1", 2), ("7", 1)]
    assert shares(books) == ["100.00", "200.00"]


def test_an_adjustment_is_a_signed_line_behind_the_time(books):
    """Rule 20: hours stay."""
    books.entry("2026-10-05", "10")
    books.add("ledger.adjustments", adjustment_id=1, document=OCTOBER, amount=-250, reason="Agreed write-down")
    assert lines(books) == [
        ("Website: Design (Oct 5, 2026)", "10.00", "100", "1000.00"),
        ("Agreed write-down", "1.00", "-250", "-250.00"),
    ]
    assert books.drafts() == {OCTOBER: 750}
    assert books.one("SELECT hours, adjustments FROM billing.invoice_drafts") == (10, -250)


def test_an_adjustment_that_was_taken_back_or_is_of_another_bill_is_not_there(books):
    books.entry("2026-10-05", "10")
    books.add("ledger.adjustments", adjustment_id=1, document=OCTOBER, amount=-250, reason="a", removed_by="dana")
    books.add("ledger.adjustments", adjustment_id=2, document="invoice/client-9/2026-10", amount=-9, reason="b")
    books.build()
    assert books.drafts() == {OCTOBER: 1000}


def test_an_adjustment_has_the_places_of_its_currency_and_one_line(books):
    books.add("quickbooks.items", item_id_qb="2", item_name="x", fully_qualified_name="SERVICES", is_active=True)
    books.entry("2026-10-05", "10")
    books.add("ledger.adjustments", adjustment_id=1, document=OCTOBER, amount="-0.125", reason="Rounding off")
    assert lines(books)[1:] == [("Rounding off", "1.00", "-0.13", "-0.13")]


def test_control_characters_of_a_note_stay_out_of_the_books(books):
    books.say(f'{POLICY}\n[billing]\ngrouping = "detailed"\n')
    books.entry("2026-10-05", "1", notes="Caf\u00e9\x07 \U0001f389\r\nsecond\x00 line\x1b")
    assert lines(books)[0][0].split("\n")[1:] == ["Caf\u00e9  \U0001f389", "second  line "]


def test_entries_without_hours_ride_along_with_the_import_and_cost_nothing(books):
    """Rule 22: Harvest's import claims every billable entry of its window, those without hours too."""
    books.entry("2026-10-05", "1")
    inside = books.entry("2026-10-06", "0")
    books.entry("2026-10-01", "0")
    books.build()
    found = books.rows(
        "SELECT line_number, amount, document_key FROM billing.line_sources WHERE time_entry_id_harvest = ?", inside
    )
    assert found == [(None, 0, OCTOBER)]
    assert len(books.rows("FROM billing.line_sources")) == 2


CENTS = st.integers(min_value=1, max_value=2400).map(lambda quarter: Decimal(quarter) / 100)
RATES = st.integers(min_value=1, max_value=30_000_000).map(lambda amount: Decimal(amount) / 100_000)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.dates(min_value=date(2025, 12, 1), max_value=date(2026, 11, 20)),
            CENTS,
            st.one_of(st.none(), st.sampled_from([Decimal(100), Decimal("33.33"), Decimal("0.00001")]), RATES),
            st.sampled_from([1000, 1001, 1002]),
            st.sampled_from([100, 101]),
            st.sampled_from(["plain", "running", "billed", "not_billable", "submitted", "ours"]),
        ),
        max_size=25,
    ),
    st.sampled_from(["USD", "JPY", "KWD"]),
    st.sampled_from(["project_task", "project_person", "project", "detailed"]),
    st.sampled_from(["monthly", "weekly", "semi_monthly"]),
    st.booleans(),
)
def test_whatever_is_logged_the_invariants_hold(entries, currency, grouping, cadence, is_clean):
    """One verdict each, lines sum to drafts, shares to lines; and the shares are those of `allocate`."""
    books = Books()
    books.con.execute("UPDATE harvest.clients SET currency = ?", [currency])
    books.con.execute("UPDATE harvest.company SET approval_feature = true")
    choices = f'cadence = "{cadence}"\ngrouping = "{grouping}"\nclean_projects = {str(is_clean).lower()}\n'
    books.say(f"{POLICY}\n[billing]\n{choices}minimum_invoice = 50\n")
    ours: list[int] = []
    for day, hours, rate, user_id, task_id, sort in entries:
        entry = books.entry(
            day.isoformat(),
            str(hours),
            None if rate is None else str(rate),
            user_id_harvest=user_id,
            task_id_harvest=task_id,
            is_running=sort == "running",
            is_billed=sort == "billed",
            is_billable=sort != "not_billable",
            approval_status="submitted" if sort == "submitted" else "approved",
        )
        ours += [entry] if sort == "ours" else []
    if ours:
        books.bill("invoice/client-1/2026-09", ours)
    books.build()
    for invariant in invariants_of("billing"):
        assert breach_of(books.con, invariant).rows == (), invariant.name
    for key, number, amount in books.rows(
        "SELECT document_key, line_number, amount FROM billing.invoice_lines WHERE line_type = 'time'"
    ):
        found = books.rows(
            "SELECT hours_rounded * unit_price, amount FROM billing.line_sources"
            " WHERE document_key = ? AND line_number = ? ORDER BY time_entry_id_harvest",
            key,
            number,
        )
        assert [share for _, share in found] == allocate(amount, [exact for exact, _ in found], currency)


def allocate(total: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """Parts of `total` in proportion to `weights` that add up to it exactly: largest remainder first (rule 8).

    Weights are zero or positive. When all are zero, everything falls to the first part.
    """
    if not weights:
        raise ValueError(f"{total} {currency} cannot be divided over nothing")
    unit = Decimal(1).scaleb(-minor_unit_digits(currency))
    whole = sum(weights, Decimal(0))
    if whole == 0:
        return [total, *([Decimal(0) * unit] * (len(weights) - 1))]
    exact = [total * weight / whole for weight in weights]
    parts = [share.quantize(unit, rounding=ROUND_FLOOR) for share in exact]
    left = int((total - sum(parts, Decimal(0))) / unit)
    by_remainder = sorted(range(len(weights)), key=lambda index: (parts[index] - exact[index], index))
    for index in by_remainder[:left]:
        parts[index] += unit
    return parts


def test_what_a_person_linked_a_task_with_goes_before_the_default_and_after_rules(books):
    for item, name in (("7", "Design"), ("8", "Web")):
        books.add("quickbooks.items", item_id_qb=item, item_name=name, fully_qualified_name=name, is_active=True)
    books.link("item/task-100", "7")
    books.entry("2026-10-05", "1")
    books.build()
    assert books.one("SELECT item_id_qb FROM billing.invoice_lines") == "7"
    books.say(POLICY + '[[items.rules]]\nproject = "website"\nitem = "Web"\n')
    books.build()
    assert books.one("SELECT item_id_qb FROM billing.invoice_lines") == "8"


def test_a_task_of_the_name_of_an_item_is_only_suggested(books):
    """An item decides the income account."""
    books.add("quickbooks.items", item_id_qb="7", item_name="Design", fully_qualified_name="Design", is_active=True)
    books.entry("2026-10-05", "1")
    books.build()
    assert books.one("SELECT item_id_qb FROM billing.invoice_lines") == "1"
    assert books.rows("SELECT state, quickbooks_id FROM contacts.who_is_who WHERE link_key = 'item/task-100'") == [
        ("suggested", "7")
    ]
