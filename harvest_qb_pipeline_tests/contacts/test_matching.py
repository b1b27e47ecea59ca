"""Who is linked by itself, who is suggested, and who is in conflict (rule 49)."""

from dataclasses import replace

from harvest_qb_pipeline.contacts.matching import MOST_SUGGESTIONS, match
from harvest_qb_pipeline.contacts.party import EqualPair, Matching, Party

NOBODY = Matching((), (), ())


def parties(prefix: str, *names: str, **more) -> list[Party]:
    return [Party(f"{prefix}{number}", name, **more) for number, name in enumerate(names, 1)]


def matched(left, right, **known) -> list[tuple[str, str]]:
    return [(found.left_id, found.right_id) for found in match(left, right, **known).matches]


def suggested(left, right, **known) -> list[tuple[str, str]]:
    return [(found.left_id, found.right_id) for found in match(left, right, **known).suggestions]


def test_an_equal_name_that_nobody_else_has_is_a_match():
    found = match(parties("h", "Marlow & Sons Ltd"), parties("q", "MARLOW AND SONS LIMITED"))
    assert found == Matching((EqualPair("h1", "q1", "exact name"),), (), ())


def test_another_legal_form_is_only_suggested():
    found = match(parties("h", "Acme Ltd"), parties("q", "Acme Inc"))
    assert not found.matches
    assert found.suggestions[0].reasons == ("names 100 % alike", "legal forms differ: ltd, inc")


def test_what_is_matched_is_suggested_to_nobody_else():
    found = match(parties("h", "Acme Ltd", "Acme Inc"), parties("q", "Acme Limited", "Acme LLC"))
    assert [(each.left_id, each.right_id) for each in found.matches] == [("h1", "q1")]
    assert [(each.left_id, each.right_id) for each in found.suggestions] == [("h2", "q2")]


def test_two_of_one_name_are_a_conflict():
    found = match(parties("h", "Acme", "ACME"), parties("q", "Acme"))
    assert (found.matches, found.suggestions) == ((), ())
    (conflict,) = found.conflicts
    assert (conflict.left_ids, conflict.right_ids) == (("h1", "h2"), ("q1",))
    assert conflict.sentence == (
        'The name "acme" is not unique: "Acme" (h1), "ACME" (h2) in Harvest, "Acme" (q1) in QuickBooks. '
        "Confirm which belong together, or rename one."
    )


def test_a_name_that_a_linked_party_also_has_is_only_suggested():
    left, right = parties("h", "Acme", "ACME"), parties("q", "Zenith", "Acme")
    found = match(left, right, linked=[("h1", "q1")])
    assert not found.matches
    assert [(each.left_id, each.right_id) for each in found.suggestions] == [("h2", "q2")]


def test_linked_parties_are_in_no_result():
    assert match(parties("h", "Acme"), parties("q", "Acme"), linked=[("h1", "q1")]) == NOBODY
    assert match(parties("h", "Acme"), parties("q", "Acme"), linked=[("h9", "q1")]) == NOBODY


def test_a_rejected_pair_is_not_found_again():
    assert match(parties("h", "Acme"), parties("q", "Acme"), rejected=[("h1", "q1")]) == NOBODY
    assert match(parties("h", "Acme Ltd"), parties("q", "Acme Inc"), rejected=[("h1", "q1")]) == NOBODY


def test_a_conflict_without_the_rejected_pairs_still_links_nobody():
    left, right = parties("h", "Acme", "ACME", "acme"), parties("q", "Acme")
    (conflict,) = match(left, right, rejected=[("h1", "q1")]).conflicts
    assert conflict.left_ids == ("h2", "h3")
    found = match(left, right, rejected=[("h1", "q1"), ("h2", "q1")])
    assert not found.matches
    assert [(each.left_id, each.right_id) for each in found.suggestions] == [("h3", "q1")]


def test_an_inactive_record_is_only_suggested_and_only_where_no_active_one_has_the_name():
    aside = Party("q1", "Acme (deleted)", is_active=False)
    (suggestion,) = match(parties("h", "Acme"), [aside]).suggestions
    assert suggestion.reasons == ("names 100 % alike", "inactive")
    found = match(parties("h", "Acme"), [aside, Party("q2", "ACME")])
    assert [(each.left_id, each.right_id) for each in found.matches] == [("h1", "q2")]
    assert not found.suggestions
    several = match(parties("h", "Acme", "Acme"), [aside, Party("q2", "ACME")])
    assert [each.right_ids for each in several.conflicts] == [("q2",)]
    assert not several.suggestions


def test_twins_are_told_apart_by_their_currency():
    left = [Party("h1", "Acme", "EUR"), Party("h2", "Acme", "USD")]
    right = [Party("q1", "Acme (EUR)", "EUR"), Party("q2", "Acme (USD)", "USD")]
    assert matched(left, right) == [("h1", "q1"), ("h2", "q2")]


def test_a_currency_that_only_the_name_knows_links_nobody():
    assert suggested([Party("h1", "Acme", "EUR")], [Party("q1", "Acme (USD)", "EUR")]) == [("h1", "q1")]
    assert suggested([Party("h1", "Acme")], [Party("q1", "Acme (EUR)", "EUR")]) == [("h1", "q1")]


def test_a_code_tells_projects_of_one_name_apart():
    left = [Party("h1", "Website", code="WEB-01", group="5"), Party("h2", "Website", code="WEB-02", group="5")]
    right = [Party("q1", "[WEB-02] Website", group="5"), Party("q2", "Website (WEB-01)", group="5")]
    assert [each.rule for each in match(left, right).matches] == ["exact name and code"] * 2
    assert matched(left, right) == [("h1", "q2"), ("h2", "q1")]


def test_what_a_code_does_not_tell_apart_is_linked_by_name():
    left = [Party("h1", "Website", code="WEB-01"), Party("h2", "Website")]
    assert matched(left, [Party("q1", "[WEB-01] Website"), Party("q2", "Website")]) == [("h1", "q1"), ("h2", "q2")]


def test_only_parties_of_one_group_are_compared():
    assert match([Party("h1", "Website", group="1")], [Party("q1", "Website", group="2")]) == NOBODY
    assert match([Party("h1", "Website", group="1")], [Party("q1", "Website")]) == NOBODY
    left = [Party("h1", "Website", group="1"), Party("h2", "Website", group="2")]
    assert matched(left, [replace(each, id=each.id.replace("h", "q")) for each in left]) == [("h1", "q1"), ("h2", "q2")]


def test_countries_of_addresses_tell_namesakes_apart():
    left = [Party("h1", "Acme Ltd", address="1 Quay St\nGalway\nIreland")]
    right = [Party("q1", "Acme Limited", address="4 Mill Lane, Leeds, United Kingdom")]
    (suggestion,) = match(left, right).suggestions
    assert "countries differ: IE, GB" in suggestion.reasons


def test_reasons_say_what_speaks_for_a_pair():
    about = {"currency": "EUR", "address": "12 Dock Road, Bristol BS1 6QH", "projects": ("Website", "Audit", "Hosting")}
    left = [Party("h1", "Guillemot Games", emails=("a@guillemot.example",), **about)]
    right = [Party("q1", "Guillemot Gaming", emails=("b@guillemot.example",), **about)]
    (suggestion,) = match(left, right).suggestions
    assert suggestion.score == 99
    assert suggestion.reasons[1:] == (
        "same e-mail domain guillemot.example", "same address", "3 shared projects", "same currency EUR",
    )  # fmt: skip


def test_a_free_mail_domain_or_an_agencys_own_is_no_reason():
    assert not suggested([Party("h1", "Oak", emails=("a@gmail.com",))], [Party("q1", "Elm", emails=("b@gmail.com",))])
    mails = {"emails": ("us@agency.example",)}
    assert not suggested(parties("h", *"abcdefghijkl", **mails), [Party("q1", "Elm", emails=("b@agency.example",))])


def test_one_word_of_several_is_not_enough():
    assert not suggested(parties("h", "Summit"), parties("q", "Summit Dental Clinic"))
    assert suggested(parties("h", "Kestrel Aviation"), parties("q", "Kestrel Aviation Services"))


def test_another_number_or_point_of_the_compass_tells_companies_apart():
    assert not suggested(parties("h", "Ironwood Fitness 12"), parties("q", "Ironwood Fitness 21"))
    assert not suggested(parties("h", "Delphi North Ltd"), parties("q", "Delphi South Ltd"))
    assert suggested(parties("h", "Ironwood Fitness 12"), parties("q", "Ironwod Fitness 12"))


def test_thousands_of_one_name_are_one_conflict():
    left, right = parties("h", *["Acme"] * 3000), parties("q", *["Acme"] * 3000)
    found = match(left, right)
    assert [(len(each.left_ids), len(each.right_ids)) for each in found.conflicts] == [(3000, 3000)]
    assert found.conflicts[0].sentence.count("and 2995 more") == 2


def test_thousands_of_one_name_are_told_apart_by_their_codes():
    left = [Party(f"h{number}", "Website", code=f"WEB-{number}") for number in range(3000)]
    right = [Party(f"q{number}", f"[WEB-{number}] Website") for number in range(3000)]
    assert sorted(matched(left, right)) == sorted((f"h{number}", f"q{number}") for number in range(3000))


def test_a_party_is_suggested_only_the_likeliest_few():
    found = match(
        parties("h", "Acme Trading Post"), parties("q", *(f"Acme Trading Post {letter}" for letter in "ABCDEFGHJ"))
    )
    assert len(found.suggestions) == MOST_SUGGESTIONS


def test_names_without_a_word_are_nobodys():
    assert match(parties("h", "🚀", "", "!!!"), parties("q", "🎉", "", "???")) == NOBODY


def test_nobody_is_found_in_empty_books():
    assert match([], []) == match(parties("h", "Acme"), []) == match([], parties("q", "Acme")) == NOBODY
