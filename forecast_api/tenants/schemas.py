"""What the API says about a tenant."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TenantItem(BaseModel):
    """One account that the caller may act for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "tenant": "corner-grocer",
                    "name": "Corner Grocer",
                    "time_zone": "Europe/Paris",
                    "currency_code": "EUR",
                    "is_active": True,
                    "member_role": "merchant",
                }
            ]
        }
    )

    tenant: str = Field(description="Short name; the value of the `X-Tenant` header.")
    name: str
    time_zone: str = Field(description="IANA zone in which its business days begin and end.")
    currency_code: str = Field(description="ISO 4217 code.")
    is_active: bool = Field(description="False where the account is suspended.")
    member_role: str = Field(description="`merchant` reads and uploads, `viewer` reads.")


class TenantList(BaseModel):
    """Every account that the caller may act for, ordered by short name."""

    items: list[TenantItem]
