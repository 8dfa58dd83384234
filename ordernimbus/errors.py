"""Errors of every room but `ml`, classed by what the caller should do about them.

    OrderNimbusError
    ├── ConfigurationError     refuse to start; an operator must change a setting
    ├── TransientError         try again later; nothing was changed
    ├── PermanentError         stop; a rerun with the same input cannot help
    │   ├── UnknownTenant
    │   ├── TenantSuspended
    │   ├── UnreadableFile     the whole file is refused; nothing of it was loaded
    │   └── ObjectNotFound
    ├── RecordRejected         quarantine this record, count it, go on
    ├── ContractError          data breaks a declared schema; block what follows
    └── TenantContextMissing   a bug: a tenant's data was asked for without a tenant; never caught

Translation to HTTP lives in `forecast_api/errors.py`, to Dagster in `orchestration/failures.py`;
nothing here knows either.
"""


class OrderNimbusError(Exception):
    """Base of all errors raised by OrderNimbus outside `ml`."""


class ConfigurationError(OrderNimbusError):
    """A setting is missing or wrong; the process must not start."""


class TransientError(OrderNimbusError):
    """Something outside was unavailable; the same call may succeed later."""


class PermanentError(OrderNimbusError):
    """The request cannot succeed, however often it is repeated."""


class UnknownTenant(PermanentError):
    """No tenant has this identifier."""


class TenantSuspended(PermanentError):
    """The tenant exists, but its work is suspended."""


class ObjectNotFound(PermanentError):
    """The object store holds nothing under this key."""


class UnreadableFile(PermanentError):
    """A file cannot be read as sales; nothing of it was loaded.

    Attributes:
        code: Stable machine-readable reason, for example `not_a_text_file`.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class RecordRejected(OrderNimbusError):
    """One record is wrong; the others are not."""


class ContractError(OrderNimbusError):
    """Data does not have the shape that was declared for it."""


class TenantContextMissing(OrderNimbusError):
    """Tenant data was touched outside a tenant session."""
