"""A name read: what is its words, its legal form, and what was written into it (rule 49)."""

import pytest

from harvest_qb_pipeline.contacts.legal_forms import legal_forms
from harvest_qb_pipeline.contacts.names import PlainName, plain, plain_code
from harvest_qb_pipeline.contacts.scoring import country_of


@pytest.mark.parametrize(
    ("name", "words", "form"),
    [
        ("Bluebird Coffee", "bluebird coffee", None),
        ("  Bluebird\tCoffee \n", "bluebird coffee", None),
        ("Bluebird Coffee, L.L.C.", "bluebird coffee", "llc"),
        ("Acme Company Limited", "acme", "co ltd"),
        ("Acme Holdings (Pty) Ltd", "acme holdings", "pty ltd"),
        ("Acme GmbH & Co. KG", "acme", "gmbh and co kg"),
        ("Acme, S. à r.l.", "acme", "sarl"),
        ("PT Maju Tbk", "maju", "pt tbk"),
        ("OOO «Romashka»", "romashka", "ooo"),
        ("株式会社トヨカワ", "トヨカワ", "kk"),
        ("㈱トヨカワ", "トヨカワ", "kk"),
        ("(주)한별", "한별", "주식회사"),
        ('הדר בע"מ', "הדר", "בעמ"),
        ("Nordlys A/S", "nordlys", "a/s"),
        ("Nordlys AS", "nordlys", "as"),
        ("A/B Testing", "a b testing", None),
        ("AS Roma Tours", "as roma tours", None),
        ("Marlow & Sons", "marlow and sons", None),
        ("Halden+Reyes", "halden and reyes", None),
        ("A+ Cleaning", "a plus cleaning", None),
        ("C++ Experts", "c plus plus experts", None),
        ("C# Studio", "c# studio", None),
        ("Web 2.0", "web 2 0", None),
        ("Und Sonst", "und sonst", None),
        ("ＡＣＭＥ　Ｌｔｄ", "acme", "ltd"),
        ("ﬁne Foods", "fine foods", None),
        ("Straße", "strasse", None),
        ("Ørsted Łódź Đorđe", "orsted lodz dorde", None),
        ("Cafe\u0301", "cafe", None),
        ("Zero\u200bWidth\u00ad", "zerowidth", None),
        ("Йод", "йод", None),
        ("ガス", "ガス", None),
        ("हीरा", "हीरा", None),
        ("İstanbul Işık", "istanbul isik", None),
        ("Rock´n´Roll", "rocknroll", None),
        ("🚀", "", None),
        ("", "", None),
        ("Limited", "limited", None),
        ("Co Ltd", "co", "ltd"),
    ],
)
def test_a_name_has_words_and_a_legal_form(name, words, form):
    assert plain(name) == PlainName(words, form)


@pytest.mark.parametrize(
    ("name", "words", "currency"),
    [
        ("Acme (EUR)", "acme", "EUR"),
        ("Acme [usd]", "acme", "USD"),
        ("Acme - EUR", "acme", "EUR"),
        ("Acme – gbp", "acme", "GBP"),
        ("Acme EUR", "acme", "EUR"),
        ("Acme (€) Ltd", "acme", "EUR"),
        ("Acme (US Dollars)", "acme", "USD"),
        ("Acme (TRY)", "acme", "TRY"),
        ("Acme TRY", "acme try", None),
        ("Acme all", "acme all", None),
        ("Acme eur", "acme eur", None),
        ("EUR", "eur", None),
        ("(EUR)", "eur", None),
        ("Acme (UK)", "acme uk", None),
    ],
)
def test_a_currency_in_brackets_or_at_the_end_is_no_part_of_the_name(name, words, currency):
    read = plain(name)
    assert (read.words, read.currency) == (words, currency)


@pytest.mark.parametrize(
    ("name", "own", "words", "code"),
    [
        ("[WEB-01] Website", None, "website", "WEB-01"),
        ("[ALPHA] Website", None, "website", "ALPHA"),
        ("WEB-01 Website", None, "website", "WEB-01"),
        ("WEB-01: Website", None, "website", "WEB-01"),
        ("Website (WEB_01)", None, "website", "WEB-01"),
        ("Website - WEB-01", None, "website", "WEB-01"),
        ("2026-07 Audit", None, "audit", "2026-07"),
        ("SUP12 Support", "sup12", "support", "SUP12"),
        ("SUP12 Support", None, "sup12 support", None),
        ("Website (new)", None, "website new", None),
        ("B2B Partners", None, "b2b partners", None),
        ("Studio 54", None, "studio 54", None),
        ("3M", None, "3m", None),
        ("[WEB-01]", None, "web 01", None),
    ],
)
def test_a_project_code_is_no_part_of_the_name(name, own, words, code):
    read = plain(name, code=own)
    assert (read.words, read.code) == (words, code)


@pytest.mark.parametrize("name", ["Acme (deleted)", "Acme (Deleted)", "Acme (deleted 2)", "Acme (deleted) (deleted)"])
def test_what_quickbooks_writes_behind_an_inactive_name_is_no_part_of_it(name):
    assert plain(name) == PlainName("acme", None)
    assert plain(name).is_deleted


def test_a_name_that_says_nothing_but_deleted_keeps_it():
    assert plain("(deleted)") == PlainName("deleted", None)


def test_a_form_that_is_spelled_out_tells_the_country():
    assert plain("Acme akciová společnost").country == "CZ"
    assert plain("Acme a.s.") == plain("Acme akciová společnost")
    assert plain("Acme a.s.").country is None


def test_no_spelling_stands_for_two_forms():
    assert len(legal_forms().ending) > 300


@pytest.mark.parametrize("code", ["WEB-01", "web 01", "[Web_01]", "WEB/01"])
def test_a_code_is_one_however_it_is_written(code):
    assert plain_code(code) == "WEB-01"


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("1 Quay St\nGalway\nIreland", "IE"),
        ("Belfast, Northern Ireland", "GB"),
        ("Albuquerque, New Mexico", "US"),
        ("Hauptstr. 1\n10115 Berlin, Deutschland", "DE"),
        ("100 Main St\nSpringfield IL 62701", None),
        ("Los Angeles, CA", None),
        ("日本", "JP"),
        (" \n ", None),
        (None, None),
    ],
)
def test_an_address_may_end_with_its_country(address, country):
    assert country_of(address) == country


@pytest.mark.parametrize("name", ["x" * 600, "a:b\tc\nd", "\u202eevil", "\x00", "Ltd " * 100, "[" * 50, "(" * 5000])
def test_a_strange_name_is_read_all_the_same(name):
    assert plain(plain(name).text) == plain(name)
