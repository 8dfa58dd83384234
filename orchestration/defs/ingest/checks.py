"""Checks of the ledger; both block what follows."""

from __future__ import annotations

import dagster as dg

from orchestration.repositories.ledger import LedgerProfile

LEDGER_KEY = dg.AssetKey(["core", "sales_event"])

LEDGER_CHECKS = [
    dg.AssetCheckSpec(
        "keys_are_complete",
        asset=LEDGER_KEY,
        blocking=True,
        description="Every event names a product and a location.",
    ),
    dg.AssetCheckSpec(
        "dates_and_currency_are_sound",
        asset=LEDGER_KEY,
        blocking=True,
        description="No event lies in the future, and the tenant's ledger has one currency.",
    ),
]


def check_ledger(profile: LedgerProfile) -> list[dg.AssetCheckResult]:
    """Return the verdict of each ledger check."""
    return [
        dg.AssetCheckResult(
            check_name="keys_are_complete",
            asset_key=LEDGER_KEY,
            passed=profile.n_blank_keys == 0,
            metadata={"n_blank_keys": profile.n_blank_keys},
        ),
        dg.AssetCheckResult(
            check_name="dates_and_currency_are_sound",
            asset_key=LEDGER_KEY,
            passed=profile.n_future_events == 0 and profile.n_currencies <= 1,
            metadata={
                "n_future_events": profile.n_future_events,
                "n_currencies": profile.n_currencies,
            },
        ),
    ]
