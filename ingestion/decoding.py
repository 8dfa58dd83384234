"""From bytes to clean text: encoding, newlines, and what is no text at all.

Belongs here: deciding a file's encoding and writing a UTF-8 copy with LF line ends.
Stays out: delimiters, headers and cells (dialect.py, reading.py).
"""

from __future__ import annotations

import codecs
import io
from pathlib import Path

from ordernimbus.errors import UnreadableFile

_BLOCK_BYTES = 4 * 1024 * 1024
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ARCHIVES = {
    b"PK\x03\x04": "a spreadsheet (.xlsx) or a ZIP archive",
    b"PK\x05\x06": "a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"7z\xbc\xaf\x27\x1c": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
}
_OTHER_KINDS = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"PAR1": "a Parquet file",
    b"SQLite format 3": "an SQLite database",
    b"{\\rtf": "a rich-text document",
}


def clean_copy(path: Path, folder: Path) -> Path:
    """Return a file with the text of `path` in UTF-8 with LF line ends, without NUL.

    That file is `path` itself where nothing is to change, else a new one in `folder`.
    An encoding is decided for the whole file: byte-order mark, else strict UTF-8, else cp1252.

    Raises:
        UnreadableFile: `empty_file`, `spreadsheet_or_archive`, `not_a_text_file` or
            `undecodable_text`.
    """
    with path.open("rb") as file:
        start = file.read(64)
    _refuse_other_kinds(start)
    encoding, mark_bytes = _marked_encoding(start)
    if encoding is None:
        encoding = "utf-8" if _is_utf8(path) else "cp1252"
    elif encoding == "utf-8" and not _is_utf8(path):
        message = "the file claims to be UTF-8 but is not: export it again as UTF-8"
        raise UnreadableFile("undecodable_text", message)
    if encoding == "utf-8" and mark_bytes == 0 and not _contains(path, b"\r"):
        if _contains(path, b"\0"):
            raise _not_text("it contains NUL bytes")
        return path
    copy = folder / "clean.csv"
    _transcode(path, copy, encoding, mark_bytes)
    return copy


def _refuse_other_kinds(start: bytes) -> None:
    if not start:
        message = "the file is empty (0 bytes): export it again and send that file"
        raise UnreadableFile("empty_file", message)
    for magic, kind in _ARCHIVES.items():
        if start.startswith(magic):
            message = f"the file is {kind}: open it, save the sales as CSV, and send that CSV"
            raise UnreadableFile("spreadsheet_or_archive", message)
    for magic, kind in _OTHER_KINDS.items():
        if start.startswith(magic):
            raise _not_text(f"it is {kind}")


def _not_text(reason: str) -> UnreadableFile:
    message = f"the file is not a text table, {reason}: send the sales as a CSV file"
    return UnreadableFile("not_a_text_file", message)


def _marked_encoding(start: bytes) -> tuple[str | None, int]:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if start.startswith(mark):
            return encoding, len(mark)
    return None, 0


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    with path.open("rb") as file:
        try:
            while block := file.read(_BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def _contains(path: Path, byte: bytes) -> bool:
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            if byte in block:
                return True
    return False


def _transcode(source: Path, target: Path, encoding: str, skip_bytes: int) -> None:
    decoder = io.IncrementalNewlineDecoder(
        codecs.getincrementaldecoder(encoding)("strict"), translate=True
    )
    with source.open("rb") as reader, target.open("wb") as writer:
        reader.seek(skip_bytes)
        try:
            while block := reader.read(_BLOCK_BYTES):
                _write_text(writer, decoder.decode(block))
            _write_text(writer, decoder.decode(b"", final=True))
        except UnicodeDecodeError as error:
            message = (
                f"the text is neither UTF-8 nor {encoding}: export it again as UTF-8 "
                "(in Excel: save as 'CSV UTF-8')"
            )
            raise UnreadableFile("undecodable_text", message) from error


def _write_text(writer: io.BufferedWriter, text: str) -> None:
    if "\0" in text:
        raise _not_text("it contains NUL characters")
    writer.write(text.encode("utf-8", errors="strict"))
