"""Puts the service together: `uvicorn forecast_api.app:create_app --factory`.

What belongs here: which parts there are and in which order they wrap each other.
What stays out: everything the parts do.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from forecast_api import health, metrics
from forecast_api.accuracy import endpoints as accuracy
from forecast_api.errors import install_error_handlers
from forecast_api.forecasts import endpoints as forecasts
from forecast_api.identity import endpoints as identity
from forecast_api.openapi import describe
from forecast_api.page import documentation
from forecast_api.page import endpoints as page
from forecast_api.protection import BodyLimit, SecurityHeaders
from forecast_api.request_context import RequestContext
from forecast_api.series import endpoints as series
from forecast_api.services import open_services
from forecast_api.settings import ApiSettings
from forecast_api.tenants import endpoints as tenants
from forecast_api.uploads import endpoints as uploads
from ordernimbus.observability import configure_logging


def create_app(settings: ApiSettings | None = None) -> FastAPI:
    """Return the application; without `settings` it reads the environment.

    Raises:
        ConfigurationError: A setting is missing or refused.
    """
    settings = settings or ApiSettings.from_environment()
    configure_logging()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_services(settings) as services:
            app.state.services = services
            yield

    app = FastAPI(
        title="OrderNimbus forecast API",
        version="1",
        summary="Sales in, forecasts out.",
        description=(
            "Send files of sales, read forecasts with their uncertainty, and see how good they "
            "were. Every answer is about one account: yours, or the one named in `X-Tenant`."
        ),
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.metrics = metrics.RequestMetrics()
    for room in (tenants, series, forecasts, accuracy, uploads, health, metrics, page):
        app.include_router(room.router)
    app.include_router(documentation.router)
    if settings.identity.local_directory is not None:
        app.include_router(identity.router)
    install_error_handlers(app)
    describe(app)
    # The last one added is the outermost.
    app.add_middleware(BodyLimit)
    app.add_middleware(RequestContext, metrics=app.state.metrics)
    app.add_middleware(SecurityHeaders)
    return app
