"""The platform's model registry: versions, their hashes, and which one is the champion."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from ordernimbus.database.sessions import TenantReadSession, TenantSession
from ordernimbus.errors import ContractError


@dataclass(frozen=True)
class ModelVersion:
    """One trained model of a tenant.

    Attributes:
        sha256: Hash of the stored bytes; a model is only loaded after it matches.
        storage_key: Object key of the bytes.
        cutoff_date: Last day that training saw.
        code_version: Code that trained it.
        metrics: Backtest metrics by name; ratios, not percent.
    """

    model_version: int
    sha256: str
    storage_key: str
    cutoff_date: date
    code_version: str
    tracking_run_id: str | None
    metrics: dict[str, Any]


_COLUMNS = """
    model_version, sha256, storage_key, cutoff_date, code_version, tracking_run_id, metrics
"""


def find_champion(session: TenantReadSession) -> ModelVersion | None:
    """Return the tenant's champion, or None where no model was promoted yet."""
    with session.cursor(row_factory=class_row(ModelVersion)) as cursor:
        cursor.execute(
            f"""
            SELECT {_COLUMNS} FROM core.model_version
            WHERE model_version =
                (SELECT model_version FROM core.model_alias WHERE alias = 'champion')
            """  # noqa: S608
        )
        return cursor.fetchone()


def newest_version(session: TenantReadSession) -> ModelVersion | None:
    """Return the model trained last, whether it serves or lost, or None before the first."""
    with session.cursor(row_factory=class_row(ModelVersion)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM core.model_version ORDER BY model_version DESC LIMIT 1"  # noqa: S608
        )
        return cursor.fetchone()


def find_version(session: TenantReadSession, model_version: int) -> ModelVersion:
    """Return one version of the tenant's models.

    Raises:
        ContractError: There is no such version.
    """
    with session.cursor(row_factory=class_row(ModelVersion)) as cursor:
        cursor.execute(
            f"SELECT {_COLUMNS} FROM core.model_version WHERE model_version = %s",  # noqa: S608
            (model_version,),
        )
        version = cursor.fetchone()
    if version is None:
        message = f"model version {model_version} is not registered: train it again"
        raise ContractError(message)
    return version


def add_version(
    session: TenantSession,
    tenant_id: UUID,
    *,
    sha256: str,
    storage_key: str,
    cutoff_date: date,
    code_version: str,
    tracking_run_id: str | None,
    tracking_error: str | None,
    metrics: dict[str, Any],
    run_id: str,
) -> int:
    """Record a trained model and return its version number, one above the newest."""
    # One number per model even when two runs register at once.
    session.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"model {tenant_id}",))
    row = session.execute(
        """
        INSERT INTO core.model_version (
            tenant_id, model_version, sha256, storage_key, cutoff_date, code_version,
            tracking_run_id, tracking_error, metrics, run_id
        )
        SELECT %s, coalesce(max(model_version), 0) + 1, %s, %s, %s, %s, %s, %s, %s, %s
        FROM core.model_version
        RETURNING model_version
        """,
        (
            tenant_id,
            sha256,
            storage_key,
            cutoff_date,
            code_version,
            tracking_run_id,
            tracking_error,
            Jsonb(metrics),
            run_id,
        ),
    ).fetchone()
    assert row is not None, "INSERT ... RETURNING gives its row"  # noqa: S101
    return int(row[0])


def set_alias(session: TenantSession, tenant_id: UUID, alias: str, model_version: int) -> None:
    """Point `alias` (champion or challenger) at a version."""
    session.execute(
        """
        INSERT INTO core.model_alias (tenant_id, alias, model_version) VALUES (%s, %s, %s)
        ON CONFLICT (tenant_id, alias)
        DO UPDATE SET model_version = excluded.model_version, updated_at = now()
        """,
        (tenant_id, alias, model_version),
    )
