"""CSV and its kin, as people, shops and old programs write them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.corpus.entry import ADA, BO, HEAD, READY, Cells, Entry, ada, bo, sheet

__all__ = ["TEXTS"]

USUAL = ((1, HEAD), (2, ADA), (3, BO))
QUOTE = "quotation mark"


def text(
    name: str,
    content: str | bytes,
    records: Sequence[tuple[int, Cells]] | None = USUAL,
    outcomes: Mapping[int, str] = READY,
    **more: Mapping[int, str] | Mapping[str, str] | str | bool,
) -> Entry:
    data = content.encode() if isinstance(content, str) else content
    return Entry(name, lambda: data, records, outcomes, **more)  # type: ignore[arg-type]


def with_cell(row: Cells, at: int, cell: str) -> Cells:
    return (*row[:at], cell, *row[at + 1 :])


def lines(*raw: str) -> str:
    """Join lines that are written as they stand, below the usual headings."""
    return "\n".join((",".join(HEAD), *raw)) + "\n"


A, B = ",".join(ADA), ",".join(BO)
BOTH = sheet(HEAD, ADA, BO)

DELIMITERS = [
    text("comma.csv", BOTH),
    text("tabs.tsv", sheet(HEAD, ADA, BO, delimiter="\t")),
    text("semicolons.csv", sheet(HEAD, ADA, BO, delimiter=";")),
    text("pipes.txt", sheet(HEAD, ADA, BO, delimiter="|")),
    text(
        "sep_line.csv",
        "sep=;\r\n" + sheet(HEAD, ADA, BO, delimiter=";", end="\r\n", last="\r\n"),
        [(1, ("sep=;",)), (2, HEAD), (3, ADA), (4, BO)],
        {3: "ready", 4: "ready"},
    ),
    text(
        "decimal_commas.csv",
        sheet(HEAD, ada(1, "12,50"), bo(2, "1.250,00"), delimiter=";"),
        [(1, HEAD), (2, ada(1, "12,50")), (3, bo(2, "1.250,00"))],
    ),
    text(
        "tabs_with_commas_in_every_address.txt",
        sheet(HEAD, with_cell(ADA, 3, "12 Way, Fl 2, Rm 3"), BO, delimiter="\t"),
        [(1, HEAD), (2, with_cell(ADA, 3, "12 Way, Fl 2, Rm 3")), (3, BO)],
    ),
    text(
        "title_with_commas_above_semicolons.csv",
        "Corrections, July, urgent\n" + sheet(HEAD, ADA, BO, delimiter=";"),
        [(1, ("Corrections, July, urgent",)), (2, HEAD), (3, ADA), (4, BO)],
        {3: "ready", 4: "ready"},
    ),
    text(
        "delimiter_in_quotes.csv",
        lines('1,Ada,Byron,"12 Analytical Way, Apt 3",Austin,TX,78701,us,x', B),
        [(1, HEAD), (2, with_cell(ADA, 3, "12 Analytical Way, Apt 3")), (3, BO)],
    ),
    text(
        "everything_in_quotes.csv",
        "\n".join(",".join(f'"{cell}"' for cell in row) for row in (HEAD, ADA, BO)),
    ),
    text("headings_alone_in_quotes.csv", ",".join(f'"{each}"' for each in HEAD) + f"\n{A}\n{B}\n"),
    text(
        "comma_and_space_between_quotes.csv",
        "\n".join(", ".join(f'"{cell}"' for cell in row) for row in (HEAD, ADA, BO)),
    ),
    text(
        "spaces_around_every_comma.csv",
        "\n".join(" , ".join(f'"{cell}"' for cell in row) for row in (HEAD, ADA, BO)),
    ),
]

LINE_ENDS = [
    text("crlf.csv", sheet(HEAD, ADA, BO, end="\r\n", last="\r\n")),
    text("lone_cr_of_an_old_mac.csv", sheet(HEAD, ADA, BO, end="\r", last="\r")),
    text("mixed_line_ends.csv", ",".join(HEAD) + "\r\n" + A + "\r" + B + "\n"),
    text("no_line_end_at_the_end.csv", sheet(HEAD, ADA, BO, last="")),
    text("control_z_at_the_end.csv", BOTH + "\x1a"),
    text("padded_with_nuls.csv", BOTH.encode() + b"\0" * 700),
    text("nuls_straight_behind_the_last_cell.csv", BOTH.rstrip().encode() + b"\0" * 9),
    text(
        "blank_lines_count.csv",
        f"\n\n{','.join(HEAD)}\n\n{A}\n  \n,,,,,,,,\n{B}\n\n",
        [(3, HEAD), (5, ADA), (8, BO)],
        {5: "ready", 8: "ready"},
    ),
    text(
        "line_breaks_in_quotes_count_once.csv",
        lines('1,Ada,Byron,12 Analytical Way,Austin,TX,78701,us,"one\r\ntwo\n\nfour"', "", B),
        [(1, HEAD), (2, ada(1, "one\r\ntwo\n\nfour")), (4, BO)],
        {2: "ready", 4: "ready"},
    ),
    text(
        "line_break_in_the_street.csv",
        lines('1,Ada,Byron,"12 Analytical Way\nFloor 2",Austin,TX,78701,us,x', B),
        [(1, HEAD), (2, with_cell(ADA, 3, "12 Analytical Way\nFloor 2")), (3, BO)],
        repairs={2: "address_1: 12 Analytical Way[U+000A]Floor 2 → 12 Analytical Way Floor 2"},
    ),
    text(
        "form_feeds_and_other_separators.csv",
        lines("1,Ada,Byron,12 Analytical Way,Austin,TX,78701,us,a\x0cb\x0bc\x1dd\u2028e\x85f", B),
        [(1, HEAD), (2, ada(1, "a\x0cb\x0bc\x1dd\u2028e\x85f")), (3, BO)],
    ),
    text(
        "nul_in_a_cell.csv",
        lines("1,Ada,Byron,12 Analytical\0 Way,Austin,TX,78701,us,x", B),
        [(1, HEAD), (2, with_cell(ADA, 3, "12 Analytical\0 Way")), (3, BO)],
        repairs={2: "address_1: 12 Analytical[U+0000] Way → 12 Analytical Way"},
    ),
]

WIDTHS = [
    text(
        "short_records.csv",
        lines(",".join(ADA[:8]), B),
        [(1, HEAD), (2, ADA[:8]), (3, BO)],
    ),
    text(
        "spare_delimiters.csv",
        lines(A + ",,,", B + ","),
        [(1, HEAD), (2, (*ADA, "", "", "")), (3, (*BO, ""))],
    ),
    text(
        "spare_delimiter_on_every_line.csv",
        "".join(",".join(row) + ",\n" for row in (HEAD, ADA, BO)),
        [(1, (*HEAD, "")), (2, (*ADA, "")), (3, (*BO, ""))],
    ),
    text(
        "surplus_cell.csv",
        lines(A + ",surplus", B),
        [(1, HEAD), (2, (*ADA, "surplus")), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: "more cells than there are headings"},
    ),
    text(
        "comma_left_unquoted.csv",
        lines("1,Ada,Byron,12 Way, Apt 3,Austin,TX,78701,us,x", B),
        [(1, HEAD), (2, ("1", "Ada", "Byron", "12 Way", " Apt 3", *ADA[4:])), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: "more cells than there are headings"},
    ),
    text(
        "very_short_record.csv",
        lines("1,Ada", B),
        [(1, HEAD), (2, ("1", "Ada")), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: "last_name is empty"},
    ),
    text(
        "empty_columns_between.csv",
        sheet(("", *HEAD[:4], "", "", *HEAD[4:]), ("", *ADA[:4], "", "", *ADA[4:])),
        [(1, ("", *HEAD[:4], "", "", *HEAD[4:])), (2, ("", *ADA[:4], "", "", *ADA[4:]))],
        {2: "ready"},
    ),
    *(
        text(
            f"columns_{count}.csv",
            sheet((*HEAD, *(f"c{n}" for n in range(count - 9))), (*ADA, *["z"] * (count - 9))),
            None,
            {2: "ready"},
            large=count > 2_000,
        )
        for count in (1_500, 16_384)
    ),
    *(
        text(
            f"cell_of_{size}_bytes.csv",
            lines(A + "x" * size, B),
            None,
            large=size > 1_000_000,
        )
        for size in (200_000, 10_000_000)
    ),
    *(
        text(
            f"cell_of_{count}_lines.csv",
            lines(
                '1,Ada,Byron,12 Way,Austin,TX,78701,us,"'
                + "a line of prose, no row\n" * count
                + '"',
                B,
            ),
            None,
            large=count > 40_000,
        )
        for count in (10_000, 420_000)
    ),
]

OPEN_TWICE = lines(
    A,
    '2,"Bo,Ek,5 Engine St,Boston,MA,02134,us,y',
    ",".join(ada(3)),
    '4,Bo",Ek,5 Engine St,Boston,MA,02134,us,y',
    ",".join(ada(5)),
)

QUOTES = [
    text(
        "doubled_quotes.csv",
        lines('1,Ada,Byron,12 Analytical Way,Austin,TX,78701,us,"say ""hi"", twice"', B),
        [(1, HEAD), (2, ada(1, 'say "hi", twice')), (3, BO)],
    ),
    text(
        "inches.csv",
        lines(f'{A} 12" pipe', f'{B} 5"'),
        [(1, HEAD), (2, ada(1, 'x 12" pipe')), (3, bo(2, 'y 5"'))],
    ),
    text(
        "quote_never_closed.csv",
        lines('1,"Ada,Byron,12 Analytical Way,Austin,TX,78701,us,x', B, ",".join(ada(3))),
        [(1, HEAD), (2, ("1", ",".join(ADA[1:]))), (3, BO), (4, ada(3))],
        {2: "invalid", 3: "ready", 4: "ready"},
        told={2: QUOTE},
    ),
    text(
        "quote_never_closed_in_the_last_row.csv",
        lines(A, '2,Bo,Ek,5 Engine St,Boston,MA,02134,us,"y'),
        [(1, HEAD), (2, ADA), (3, BO)],
        {2: "ready", 3: "invalid"},
        told={3: QUOTE},
    ),
    text(
        "quote_never_closed_above_100000_rows.csv",
        lines(
            '1,"Ada,Byron,12 Analytical Way,Austin,TX,78701,us,x',
            *(",".join(bo(n)) for n in range(2, 5000)),
        ),
        None,
        {2: "invalid", **dict.fromkeys(range(3, 5001), "ready")},
        told={2: QUOTE},
    ),
    text(
        "two_quotes_swallow_a_row.csv",
        OPEN_TWICE,
        None,
        {2: "ready", 3: "invalid", 4: "invalid", 5: "invalid", 6: "ready"},
        told={3: QUOTE, 4: QUOTE, 5: QUOTE},
    ),
    text(
        "two_quotes_swallow_70_rows.csv",
        lines(
            A,
            '2,Bo,Ek,5 Engine St,Boston,MA,02134,us,"y',
            *(",".join(ada(n)) for n in range(3, 73)),
            '73,Bo,Ek,5 Engine St,Boston,MA,02134,us,y"',
            ",".join(bo(74)),
        ),
        None,
        {
            **dict.fromkeys(range(2, 76), "ready"),
            3: "invalid",
            74: "invalid",
        },
        told={3: QUOTE, 74: QUOTE},
    ),
    text(
        "prose_over_lines_is_no_row.csv",
        lines(f'{A[:-1]}"red, blue, green, pink, white, black, grey, brown, teal, gold\nend"', B),
        [
            (1, HEAD),
            (2, ada(1, "red, blue, green, pink, white, black, grey, brown, teal, gold\nend")),
            (3, BO),
        ],
    ),
    text(
        "text_behind_the_closing_quote.csv",
        lines('1,"Ada"x,Byron,12 Analytical Way,Austin,TX,78701,us,x', B),
        [(1, HEAD), (2, with_cell(ADA, 1, "Adax")), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
    text(
        "quotes_not_doubled.csv",
        lines('1,"Ada "Countess" B",Byron,12 Analytical Way,Austin,TX,78701,us,x', B),
        None,
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
    text(
        "quotes_not_doubled_around_a_comma.csv",
        lines('1,Ada,Byron,"12 "Old, Mill" Rd",Austin,TX,78701,us,x', B),
        None,
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
    text(
        "backslashes_before_quotes.csv",
        lines('1,"Ada \\"Countess\\" B",Byron,12 Analytical Way,Austin,TX,78701,us,x', B),
        None,
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
    text(
        "space_before_a_quote.csv",
        lines('1,Ada,Byron, "12 Old, Mill Rd",Austin,TX,78701,us', B),
        [(1, HEAD), (2, ("1", "Ada", "Byron", ' "12 Old', ' Mill Rd"', *ADA[4:8])), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
    text(
        "space_behind_a_quote.csv",
        lines('1,Ada,Byron,"12 Old, Mill Rd" ,Austin,TX,78701,us,x', B),
        [(1, HEAD), (2, with_cell(ADA, 3, "12 Old, Mill Rd")), (3, BO)],
    ),
    text(
        "a_quote_alone_on_a_line.csv",
        lines('"', B),
        [(1, HEAD), (2, ('"',)), (3, BO)],
        {2: "invalid", 3: "ready"},
        told={2: QUOTE},
    ),
]

AROUND = [
    text(
        "title_blank_rows_and_totals.csv",
        f"Corrections of Monday\n\n{BOTH}\nTotal,,,,,,,,2\n",
        [
            (1, ("Corrections of Monday",)),
            (3, HEAD),
            (4, ADA),
            (5, BO),
            (7, ("Total", *[""] * 7, "2")),
        ],
        {4: "ready", 5: "ready"},
    ),
    text(
        "headings_with_breaks_and_odd_spaces.csv",
        '"Order\nID",First\u00a0Name, Last  Name ,"Address\r\n1",City,State,Zip\u200bcode,'
        "\ufeffCountry\n" + ",".join(ADA[:8]) + "\n",
        None,
        {2: "ready"},
        fields={
            "order_id": "Order ID",
            "first_name": "First Name",
            "last_name": "Last Name",
            "address_1": "Address 1",
            "city": "City",
            "region": "State",
            "zip_postal_code": "Zip\u200bcode",
            "country_code": "\ufeffCountry",
        },
    ),
    text(
        "mark_in_the_middle.csv",
        f'{",".join(HEAD)}\n{A}\n\ufeff"2",Bo,Ek,5 Engine St,Boston,MA,02134,us,y\n',
    ),
    text(
        "traps_of_pandas.csv",
        lines(
            "1,NA,NULL,12 Analytical Way,Austin,TX,78701,us,1E5",
            "2,None,nan,5 Engine St,Boston,MA,02134,us,007",
        ),
        [
            (1, HEAD),
            (2, ("1", "NA", "NULL", *ADA[3:8], "1E5")),
            (3, ("2", "None", "nan", *BO[3:8], "007")),
        ],
    ),
    text(
        "text_guards_of_excel.csv",
        sheet(
            HEAD, ("'1", *ADA[1:6], '="78701"', "us", "x"), ('="2"', *BO[1:6], "'02134", "us", "y")
        ),
        [
            (1, HEAD),
            (2, ("'1", *ADA[1:6], '="78701"', "us", "x")),
            (3, ('="2"', *BO[1:6], "'02134", "us", "y")),
        ],
        repairs={
            2: 'order_id: \'1 → 1\nzip_postal_code: ="78701" → 78701',
            3: 'order_id: ="2" → 2\nzip_postal_code: \'02134 → 02134',
        },
    ),
    text(
        "long_and_rounded_ids.csv",
        sheet(HEAD, ada("4.10000E+15"), bo("12345678901234567")),
        None,
        {2: "invalid", 3: "invalid"},
        told={2: "longer than Excel can hold", 3: "order_id"},
    ),
    text(
        "repeated_headings.csv",
        sheet(HEAD, ADA, HEAD, BO),
        [(1, HEAD), (2, ADA), (3, HEAD), (4, BO)],
        {2: "ready", 4: "ready"},
    ),
    text("csv_named_xlsx.xlsx", BOTH),
    text("tabs_named_xls.xls", sheet(HEAD, ADA, BO, delimiter="\t")),
]

TEXTS = [*DELIMITERS, *LINE_ENDS, *WIDTHS, *QUOTES, *AROUND]
