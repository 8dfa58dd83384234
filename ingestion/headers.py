"""Column names as merchants write them, and the columns they stand for.

Belongs here: comparing names, and finding which header position plays which role.
Stays out: the names of one format (formats/).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from ordernimbus.errors import UnreadableFile

_NOT_WORD = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """Return `name` in the form in which names are compared.

    >>> plain_name(" Units Sold "), plain_name("Verkaufte Stückzahl"), plain_name("Unit-Price ($)")
    ('units_sold', 'verkaufte_stuckzahl', 'unit_price')
    """
    decomposed = unicodedata.normalize("NFKD", name)
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return _NOT_WORD.sub("_", letters.casefold()).strip("_")


def refuse_duplicates(header: Sequence[str]) -> None:
    """Raise if two named columns have the same name.

    Raises:
        UnreadableFile: `duplicate_header`.
    """
    counts = Counter(plain_name(name) for name in header)
    repeated = sorted(name for name, count in counts.items() if name and count > 1)
    if repeated:
        message = (
            f"the header has more than one column called {repeated[0]!r}: "
            "rename or remove the extra column and send the file again"
        )
        raise UnreadableFile("duplicate_header", message)


def find_roles(header: Sequence[str], aliases: Mapping[str, Collection[str]]) -> dict[str, int]:
    """Return the header position of each role that a column claims.

    A column named exactly like the role wins over columns with an alias of it.

    Args:
        header: Column names as in the file.
        aliases: Compared names per role.

    Raises:
        UnreadableFile: Two columns claim one role by alias (`ambiguous_header`).
    """
    positions: dict[str, int] = {}
    names = [plain_name(name) for name in header]
    for role, accepted in aliases.items():
        claims = [position for position, name in enumerate(names) if name in accepted]
        exact = [position for position in claims if names[position] == role]
        chosen = exact or claims
        if len(chosen) > 1:
            columns = " and ".join(repr(header[position]) for position in chosen)
            message = (
                f"columns {columns} both look like the {role}: "
                f"name the right one {role!r} and send the file again"
            )
            raise UnreadableFile("ambiguous_header", message)
        if chosen:
            positions[role] = chosen[0]
    return positions
