from __future__ import annotations

import codecs
import gzip
import io
import zipfile
from pathlib import Path

import pytest

from ingestion.decoding import clean_copy
from ordernimbus.errors import UnreadableFile

TEXT = "sku;Stra\u00dfe\nA;K\u00f6ln\n"


def clean(data: bytes, folder: Path) -> str:
    path = folder / "upload"
    path.write_bytes(data)
    return clean_copy(path, folder).read_bytes().decode()


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        TEXT.encode("cp1252"),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
    ],
    ids=["utf8", "utf8-bom", "cp1252", "utf16le", "utf16be", "utf32", "crlf", "cr"],
)
def test_every_encoding_and_line_end_gives_the_same_text(data: bytes, tmp_path: Path) -> None:
    assert clean(data, tmp_path) == TEXT


def test_a_clean_file_is_not_copied(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_text(TEXT)

    assert clean_copy(path, tmp_path) == path


def zip_archive() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("sales.csv", TEXT)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty_file"),
        (zip_archive(), "spreadsheet_or_archive"),
        (gzip.compress(b"x"), "spreadsheet_or_archive"),
        (b"\xd0\xcf\x11\xe0rest", "spreadsheet_or_archive"),
        (b"%PDF-1.7", "not_a_text_file"),
        (b"\x89PNG\r\n", "not_a_text_file"),
        (b"date,sku\n2026\0", "not_a_text_file"),
        ("date,sku".encode("utf-16-le"), "not_a_text_file"),
        (b"caf\x81\n", "undecodable_text"),
        (codecs.BOM_UTF8 + b"\xff\xfe\xfd", "undecodable_text"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "undecodable_text"),
    ],
)
def test_what_is_no_text_is_refused(data: bytes, code: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        clean(data, tmp_path)

    assert refusal.value.code == code


def test_a_spreadsheets_refusal_says_what_to_send(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="save the sales as CSV"):
        clean(zip_archive(), tmp_path)
