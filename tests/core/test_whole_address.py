"""A whole address in the street's cell: told where it is certain, and never of a mere street."""

from __future__ import annotations

import pytest

from pipeline.core.whole_address import holds_whole_address

US = ("Springfield", "62704", "us")
DE = ("Berlin", "10115", "de")
GB = ("London", "SW1A 1AA", "gb")
NOTHING = ("", "", "us")


@pytest.mark.parametrize(
    ("address_1", "row"),
    [
        ("12 Main St, Springfield, IL 62704", US),
        ("12 Main St, Springfield, IL, 62704", US),
        ("12 Main St Springfield IL 62704", US),
        ("12 Main St, Springfield, IL 62704-1234", US),
        ("12 Main St, Springfield, IL 62704, USA", US),
        ("12 Main St, Springfield, IL 62704 United States", US),
        ("12 Main St\nSpringfield, Illinois 62704", US),
        ("12 Main St\r\nApt 4\r\nSpringfield IL 62704", US),
        ("12 MAIN ST, SPRINGFIELD, IL. 62704", US),
        ("12 Main St, Springfield 62704", US),
        ("12 Main St, Springfield, IL 62704", NOTHING),
        ("12 Main St, Springfield, IL 62704", ("Boston", "02134", "us")),
        ("12 Main St Springfield IL 62704", ("Springfield", "", "us")),
        ("PO Box 12, New York, New York 10001", ("", "", "us")),
        ("12 M St NW, Washington, DC 20001", ("Washington", "20001", "us")),
        ("12 M St, Washington, District of Columbia 20001", ("Washington", "20002", "us")),
        ("12 King St, Toronto, ON M5V 2T6", ("Toronto", "M5V2T6", "ca")),
        ("12 King St, Toronto, Ontario, M5V 2T6, Canada", ("", "", "ca")),
        ("12 Sample Rd, Sydney NSW 2000", ("", "", "au")),
        ("Hauptstr. 5, 10115 Berlin", DE),
        ("Hauptstr. 5, D-10115 Berlin", DE),
        ("Hauptstr. 5 10115 Berlin", DE),
        ("Hauptstr. 5, 10115 Berlin, Germany", DE),
        ("Hauptstr. 5\n10115 Berlin", ("", "", "de")),
        ("Hauptstr. 5, 80331 München", ("Munich", "80331", "de")),
        ("Musterhof, 80331 München", ("München", "80331", "de")),
        ("12 rue de l'Exemple, 75001 Paris Cedex 5", ("Paris", "75001", "fr")),
        ("Voorbeeldstraat 5, 1012 JS Amsterdam", ("Amsterdam", "1012JS", "nl")),
        ("Voorbeeldstraat 5, 1012 JS Amsterdam", ("", "", "nl")),
        ("12 Sample Lane, London SW1A 1AA", GB),
        ("12 Sample Lane, London, SW1A 1AA", ("", "", "gb")),
        ("The Old Forge, Truro, TR1 2HE, United Kingdom", ("", "", "gb")),
        ("12 Sample St, Dublin 2, D02 AF30", ("Dublin 2", "D02 AF30", "ie")),
        ("〒154-0023東京都世田谷区見本町1-2-3", ("世田谷区", "154-0023", "jp")),
        ("Exempelgatan 5, 111 20 Stockholm", ("Stockholm", "111 20", "se")),
        ("12 Main St, Springfield, IL 62704", ("Springfield", "62704", "")),
    ],
)
def test_a_whole_address_is_told(address_1: str, row: tuple[str, str, str]) -> None:
    """City and postcode behind a street, as the row has them or agreeing with a state."""
    assert holds_whole_address(address_1, *row)


@pytest.mark.parametrize(
    ("address_1", "row"),
    [
        ("12 Main St", US),
        ("Apt 5, 100 Main St", US),
        ("Unit 62704", US),
        ("Unit 62704, 12 Main St", US),
        ("12 Springfield Ave", US),
        ("62704 Springfield Ave", US),
        ("Springfield Old Road 62704", US),
        ("12 Springfield Old Road 62704", US),
        ("62704", US),
        ("Springfield, IL 62704", US),
        ("12 Main St, Springfield", US),
        ("12 Main St, 62704", US),
        ("12 Main St, Springfield, TX 62704", ("", "", "us")),
        ("12 Main St, Suite IL 62704", NOTHING),
        ("100 County Road CO 80301", ("Boulder", "80301", "us")),
        ("12 Highway CA 91001", ("Altadena", "91001", "us")),
        ("c/o Sample, Boston, MA 02134", ("", "", "us")),
        ("4800 N Example Ave, Bldg 2000", US),
        ("1600 Washington St", ("Washington", "20001", "us")),
        ("1600 Pennsylvania Ave NW", ("Washington", "20001", "us")),
        ("20001 Washington Blvd", ("Washington", "20001", "us")),
        ("Paris Street 75001-B", ("Paris", "75001", "fr")),
        ("12 Paris Street 75001-B", ("Paris", "75001", "fr")),
        ("12 rue de Paris", ("Paris", "75001", "fr")),
        ("75001 Paris", ("Paris", "75001", "fr")),
        ("Schloss Berlin 10115", ("Bonn", "53111", "de")),
        ("Apt 5, 1000 Main St", ("Bruxelles", "1000", "be")),
        ("Apt 5, 1000 Main St", ("", "", "be")),
        ("Bus 5, 2000 Antwerpen", ("Gent", "9000", "be")),
        ("Top 5, 1010 Wien", ("Graz", "8010", "at")),
        ("Unit 5, SW1A 1AA", GB),
        ("Unit 5, SW1A", GB),
        ("4800 Sample Lane, Truro", GB),
        ("12 SW1A 1AA", GB),
        ("Flat 5 SW1A 1AA", GB),
        ("Flat 5, Block 2 SW1A 1AA", GB),
        ("12 Sample Lane, Unit 7, SW1A 1AA", GB),
        ("12 Sample Rd, Kowloon", ("Kowloon", "", "hk")),
        ("見本町1-2-3", ("世田谷区", "154-0023", "jp")),
        ("世田谷区見本町1-2-3-1540", ("世田谷区", "154-0023", "jp")),
        ("x1234 " * 100, US),
        ("1234", ("", "", "us")),
        (", 1234 ,", ("", "", "de")),
        ("1234 USA", ("", "", "us")),
        ("12 Main St, Springfield, IL 62704", ("", "", "")),
        ("PSC 1234, Box 5678", ("APO", "09001", "us")),
        ("Unit 2050 Box 4190", ("APO", "96301", "us")),
    ],
)
def test_a_street_is_not_taken_for_a_whole_address(
    address_1: str, row: tuple[str, str, str]
) -> None:
    """A street that is named like a city, or numbered like a postcode, is a street."""
    assert not holds_whole_address(address_1, *row)
