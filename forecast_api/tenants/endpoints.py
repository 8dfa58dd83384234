"""GET /v1/tenants."""

from __future__ import annotations

from fastapi import APIRouter

from forecast_api.caller import ServicesDependency, SubjectDependency
from forecast_api.errors import problem_responses
from forecast_api.tenants.schemas import TenantItem, TenantList

router = APIRouter(tags=["tenants"])


@router.get(
    "/v1/tenants",
    summary="List the accounts you may act for",
    responses=problem_responses(401, 422, 503),
)
def list_tenants(services: ServicesDependency, subject: SubjectDependency) -> TenantList:
    """Suspended accounts are listed too; every other operation refuses them."""
    return TenantList(
        items=[
            TenantItem(
                tenant=membership.tenant.slug,
                name=membership.tenant.name,
                time_zone=membership.tenant.time_zone,
                currency_code=membership.tenant.currency_code,
                is_active=membership.tenant.is_active,
                member_role=membership.member_role,
            )
            for membership in services.memberships.memberships(subject)
        ]
    )
