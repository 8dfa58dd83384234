from __future__ import annotations

import pytest

from ingestion.headers import find_roles, plain_name, refuse_duplicates
from ordernimbus.errors import UnreadableFile

ALIASES = {"quantity": {"quantity", "qty", "menge"}, "sku": {"sku", "item"}}


@pytest.mark.parametrize("name", ["Units Sold", " units_sold ", "UNITS-SOLD", "units sold:"])
def test_names_are_compared_without_case_and_punctuation(name: str) -> None:
    assert plain_name(name) == "units_sold"


def test_names_are_compared_without_accents() -> None:
    assert plain_name("Quantit\u00e9") == "quantite"


def test_a_role_is_found_by_an_alias() -> None:
    assert find_roles(["Item", "Menge"], ALIASES) == {"sku": 0, "quantity": 1}


def test_a_column_with_the_roles_own_name_wins_over_an_alias() -> None:
    assert find_roles(["Item", "SKU", "qty"], ALIASES) == {"sku": 1, "quantity": 2}


def test_two_aliases_of_one_role_are_refused() -> None:
    with pytest.raises(UnreadableFile, match=r"qty.*Menge") as refusal:
        find_roles(["sku", "qty", "Menge"], ALIASES)

    assert refusal.value.code == "ambiguous_header"


def test_a_repeated_name_is_refused() -> None:
    with pytest.raises(UnreadableFile) as refusal:
        refuse_duplicates(["Qty", "sku", "qty"])

    assert refusal.value.code == "duplicate_header"


def test_nameless_columns_are_no_repetition() -> None:
    refuse_duplicates(["qty", "", "sku", ""])
