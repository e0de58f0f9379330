"""Workbooks for tests, written as spreadsheets write them, and as only those do who mean harm."""

import io
import zipfile

HEAD = '<?xml version="1.0"?>'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
STYLES = (
    f'{HEAD}<styleSheet {MAIN}><numFmts><numFmt numFmtId="164" formatCode="00000"/></numFmts><cellXfs>'
    '<xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
DATE, PERCENT, ZEROS = 1, 2, 3
OPEN_DOCUMENT = "urn:oasis:names:tc:opendocument:xmlns"


def packed(parts: dict[str, str]) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return body.getvalue()


def xlsx(cells: str, more: str = "", sheets: str = '<sheet name="People" sheetId="1" r:id="rId1"/>') -> bytes:
    """A workbook whose first part has these cells, as `rows` makes them; `more` follows them in the sheet."""
    return packed(
        {
            "[Content_Types].xml": (
                f'{HEAD}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
                'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/></Types>'
            ),
            "_rels/.rels": (
                f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
                f'Type="{DOCUMENT}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
            ),
            "xl/workbook.xml": f'{HEAD}<workbook {MAIN} xmlns:r="{DOCUMENT}"><sheets>{sheets}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": (
                f'{HEAD}<Relationships xmlns="{PACKAGE}/relationships">'
                f'<Relationship Id="rId1" Type="{DOCUMENT}/worksheet" Target="worksheets/sheet1.xml"/>'
                f'<Relationship Id="rId2" Type="{DOCUMENT}/styles" Target="styles.xml"/>'
                f'<Relationship Id="rId3" Type="{DOCUMENT}/worksheet" Target="/xl/worksheets/sheet2.xml"/>'
                "</Relationships>"
            ),
            "xl/styles.xml": STYLES,
            "xl/worksheets/sheet1.xml": (f"{HEAD}<worksheet {MAIN}><sheetData>{cells}</sheetData>{more}</worksheet>"),
            "xl/worksheets/sheet2.xml": f"{HEAD}<worksheet {MAIN}><sheetData>{rows(['other'])}</sheetData></worksheet>",
        }
    )


def rows(*lines: list[str], first: int = 1) -> str:
    """Rows of an .xlsx; a cell is a text, or XML of its own."""
    shown = ""
    for number, line in enumerate(lines, start=first):
        cells = "".join(
            cell.replace("<c", f'<c r="{chr(ord("A") + at)}{number}"', 1)
            if cell.startswith("<c")
            else _text(cell, at, number)
            for at, cell in enumerate(line)
        )
        shown += f'<row r="{number}">{cells}</row>'
    return shown


def _text(text: str, at: int, number: int) -> str:
    return f'<c r="{chr(ord("A") + at)}{number}" t="inlineStr"><is><t>{text}</t></is></c>' if text else ""


def ods(table: str) -> bytes:
    """A document whose one sheet has these rows."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": (
                f'{HEAD}<m:manifest xmlns:m="{OPEN_DOCUMENT}:manifest:1.0"><m:file-entry m:full-path="/" '
                'm:media-type="application/vnd.oasis.opendocument.spreadsheet"/></m:manifest>'
            ),
            "content.xml": (
                f'{HEAD}<office:document-content xmlns:office="{OPEN_DOCUMENT}:office:1.0" '
                f'xmlns:table="{OPEN_DOCUMENT}:table:1.0" xmlns:text="{OPEN_DOCUMENT}:text:1.0"><office:body>'
                f'<office:spreadsheet><table:table table:name="People">{table}</table:table></office:spreadsheet>'
                "</office:body></office:document-content>"
            ),
        }
    )


def ods_row(*cells: str, more: str = "") -> str:
    """A row of an .ods; a cell is a text, or XML of its own."""
    shown = "".join(
        cell
        if cell.startswith("<")
        else f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
        if cell
        else "<table:table-cell/>"
        for cell in cells
    )
    return f"<table:table-row>{shown}{more}</table:table-row>"


def two_sheets() -> bytes:
    """A workbook with one person in the sheet People, and two in the sheet More."""
    some, more = (
        "".join(ods_row(number) for number in ("number", *numbers))
        for numbers in (["+442079460018"], ["+442079460019", "+442079460020"])
    )
    return ods(f'{some}</table:table><table:table table:name="More">{more}')
