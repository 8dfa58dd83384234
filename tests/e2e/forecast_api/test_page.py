"""The merchant page in a real browser, against a real API and database."""

from __future__ import annotations

import re
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from forecast_api.app import create_app
from tests.forecast_api_world import SeriesFacts, World, open_world
from tests.throwaway_platform import ThrowawayPlatform

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PRODUCTS = {
    "COF-250": ("House coffee 250 g", 22.0),
    "TEA-EG": ("Earl grey, 20 bags", 9.5),
    "MUG-BL": ("Blue mug", 5.2),
    "HON-ACA": ("Acacia honey", 3.1),
    "JAM-APR": ("Apricot jam", 2.2),
    "FIL-100": ("Paper filters, 100", 1.4),
}
_STORES = {"old town": 1.0, "station": 0.7, "harbour": 0.45}
_HOSTILE = "<img src=x onerror=alert(1)>"


@dataclass
class Shop:
    """A merchant's account with the page in front of it."""

    world: World
    address: str
    email: str
    password: str
    page: Page
    complaints: list[str]

    def log_in(self) -> None:
        self.page.goto(self.address)
        self.page.get_by_label("E-mail").fill(self.email)
        self.page.get_by_label("Password").fill(self.password)
        self.page.get_by_role("button", name="Log in").click()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if executable is None:
        pytest.skip(f"no browser here: none of {', '.join(_BROWSERS)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1360, "height": 900})
    page.set_default_timeout(10_000)
    yield page
    page.close()


@pytest.fixture
def shop(platform: ThrowawayPlatform, tmp_path: Path, browser_page: Page) -> Iterator[Shop]:
    with open_world(platform, tmp_path) as world:
        password = world.identity.create_user("owner@shop.example")
        subject = world.identity.subject_of("owner@shop.example")
        assert subject is not None
        world.tenant("corner-grocer", subject, series=_stock())
        complaints: list[str] = []
        browser_page.on("console", partial(_note, complaints))
        browser_page.on("pageerror", lambda error: complaints.append(str(error)))
        with _serving(world) as address:
            yield Shop(world, address, "owner@shop.example", password, browser_page, complaints)


def _stock() -> list[SeriesFacts]:
    usual = [
        SeriesFacts(sku, store, level * share, title)
        for sku, (title, level) in _PRODUCTS.items()
        for store, share in _STORES.items()
    ]
    new = SeriesFacts(
        "CUP-NEW",
        "station",
        0.8,
        _HOSTILE,
        "shrunk_mean",
        "Only 12 days of history.",
        n_days=40,
    )
    return [*usual, new]


def _note(complaints: list[str], message: ConsoleMessage) -> None:
    if message.type == "error":
        complaints.append(message.text)


@contextmanager
def _serving(world: World) -> Iterator[str]:
    """Serve the world's settings on a free port; early callers wait in the socket's queue."""
    config = uvicorn.Config(create_app(world.settings), log_level="warning")
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def test_merchant_sees_forecast_and_accuracy_after_login(shop: Shop, tmp_path: Path) -> None:
    shop.log_in()

    expect(shop.page.locator("#series-list .series").first).to_contain_text("House coffee")
    expect(shop.page.locator(".chart .scatterlayer .trace").first).to_be_attached()
    expect(shop.page.locator("#accuracy-words")).to_contain_text("off by 18 %")
    expect(shop.page.locator("#accuracy-words")).to_contain_text("80 % bands held 79 % of days")
    shop.page.screenshot(path=tmp_path / "forecast.png")
    assert shop.complaints == []


def test_totals_show_expected_units_without_a_range(shop: Shop) -> None:
    shop.log_in()

    week = shop.page.locator(".tile", has_text="Next 7 days")
    expect(week).to_have_text(re.compile(r"^Next 7 days≈ [\d,.]+units expected$"))


def test_documentation_is_styled_and_opens_without_complaints(shop: Shop) -> None:
    shop.page.goto(f"{shop.address}/docs")

    operation = shop.page.locator("details", has_text="GET /v1/forecasts").first
    expect(operation.locator("pre")).to_be_hidden()
    operation.locator("summary").click()
    expect(operation.locator("pre")).to_contain_text("mean_units")
    expect(shop.page.locator(".documentation")).to_have_css("display", "grid")
    assert shop.complaints == []


def test_wrong_password_is_told_in_words(shop: Shop) -> None:
    shop.password = "not it"

    shop.log_in()

    expect(shop.page.get_by_role("alert")).to_contain_text("password is wrong")


def test_search_and_location_narrow_the_list(shop: Shop) -> None:
    shop.log_in()
    expect(shop.page.locator("#series-list .series")).to_have_count(19)

    shop.page.get_by_label("Location", exact=True).select_option("station")
    shop.page.get_by_label("Search products").fill("coffee")

    expect(shop.page.locator("#series-list .series")).to_have_count(1)
    expect(shop.page.locator(".detail-head")).to_contain_text("station")


def test_markup_in_a_product_title_is_shown_as_text(shop: Shop) -> None:
    shop.log_in()

    shop.page.get_by_label("Search products").fill("CUP-NEW")
    shop.page.locator("#series-list .series", has_text="CUP-NEW").click()

    expect(shop.page.get_by_role("heading", level=2)).to_have_text(_HOSTILE)
    expect(shop.page.locator(".words .notice")).to_contain_text("Only 12 days of history.")
    assert shop.complaints == []


def test_upload_is_followed_from_landing_to_rejected_rows(shop: Shop, tmp_path: Path) -> None:
    sales = tmp_path / "november.csv"
    sales.write_text("date,sku,location,quantity,price\n2026-11-01,MUG-BL,station,two,9.90\n")
    shop.log_in()
    shop.page.get_by_role("link", name="Sales files").click()

    shop.page.set_input_files("#file", sales)
    upload = shop.page.locator(".upload", has_text="november.csv")
    expect(upload.locator(".steps .now")).to_have_text("Read")
    _read_the_file(shop)

    expect(upload).to_contain_text("98 rows loaded, 2 rows rejected")
    upload.get_by_text("Show 2 rejected rows").click()
    expect(upload.get_by_role("cell", name=_HOSTILE)).to_be_visible()
    with shop.page.expect_download() as download:
        upload.get_by_role("button", name="Download rejected rows").click()
    assert Path(download.value.path()).read_bytes() == b"row,message\n2,bad\n"
    expect(upload).not_to_contain_text("null")
    shop.page.screenshot(path=tmp_path / "uploads.png")
    assert shop.complaints == []


def _read_the_file(shop: Shop) -> None:
    """Stand in for the pipeline."""
    tenant = shop.world.platform.add_tenant("corner-grocer")
    with shop.world.pipeline.tenant_read_session(tenant.tenant_id) as session:
        (upload_id,) = session.execute("SELECT upload_id FROM core.upload").fetchone() or ()
    errors = [
        {"row": 2, "column": "quantity", "value": "two", "code": "bad_number", "message": "no"},
        {"row": 9, "column": "sku", "value": _HOSTILE, "code": "bad_sku", "message": "no"},
    ]
    shop.world.finish_upload(tenant, upload_id, errors, b"row,message\n2,bad\n")


def test_empty_file_is_refused_in_words(shop: Shop, tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.csv"
    nothing.touch()
    shop.log_in()
    shop.page.get_by_role("link", name="Sales files").click()

    shop.page.set_input_files("#file", nothing)

    expect(shop.page.locator("#upload-error")).to_contain_text("is empty (0 bytes)")


def test_merchant_without_sales_is_told_what_to_do(shop: Shop, tmp_path: Path) -> None:
    shop.email = "new@shop.example"
    shop.password = shop.world.identity.create_user(shop.email)
    shop.world.tenant("new-shop", shop.world.identity.subject_of(shop.email) or "")

    shop.log_in()

    expect(shop.page.get_by_role("heading", name="No sales yet")).to_be_visible()
    shop.page.screenshot(path=tmp_path / "empty.png")
    shop.page.get_by_role("link", name="Send a sales file").click()
    expect(shop.page.get_by_text("Drop a file here")).to_be_visible()


def test_page_fits_a_phone_and_the_keyboard(shop: Shop, tmp_path: Path) -> None:
    shop.page.set_viewport_size({"width": 390, "height": 844})
    shop.log_in()
    first = shop.page.locator("#series-list .series").first
    expect(first).to_have_attribute("aria-current", "true")

    first.focus()
    shop.page.keyboard.press("ArrowDown")
    shop.page.keyboard.press("Enter")

    expect(shop.page.locator("#series-list .series").nth(1)).to_have_attribute(
        "aria-current", "true"
    )
    expect(shop.page.locator(".detail-head")).to_contain_text("station")
    shop.page.screenshot(path=tmp_path / "phone.png", full_page=True)
    assert shop.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_ended_login_leads_back_to_the_form(shop: Shop) -> None:
    shop.log_in()
    expect(shop.page.locator("#series-list .series").first).to_be_visible()

    shop.page.evaluate("sessionStorage.setItem('ordernimbus.token', 'no.longer.good')")
    shop.page.reload()

    expect(shop.page.get_by_role("alert")).to_contain_text("Log in again")
