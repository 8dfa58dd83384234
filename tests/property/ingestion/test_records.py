from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from ingestion.records import Width, plain_records, quoted_records

COLUMNS = {"a": 0, "b": 1, "c": 2}
LINES = st.lists(st.text(st.sampled_from("a1,;. \t\u00e9\u2028\x0b"), max_size=12), min_size=1)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(LINES, st.booleans())
def test_the_quick_way_and_pythons_csv_module_agree(
    lines: list[str], ends_with_newline: bool
) -> None:
    block = "\n".join(lines).encode() + (b"\n" if ends_with_newline else b"")
    if not block:
        return
    width = Width(3, 3)

    quick = plain_records(block, ",", 10)
    plain = quoted_records(block, iter(()), ",", 10)

    # A line without any character has no cells for Python and one for Arrow; both are blank.
    def filled(records: object) -> object:
        frame = records.select(COLUMNS, width)  # type: ignore[attr-defined]
        return [row for row in frame.iter_rows() if any(row[2:])]

    assert quick.next_line == plain.next_line
    assert filled(quick) == filled(plain)
