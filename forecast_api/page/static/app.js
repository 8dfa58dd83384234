// Starts the page: login, account, sections. What each section shows lives in its own file.

import { logIn, read, session } from "./api.js";
import { showNothing, showSeries } from "./detail_view.js";
import { byId, element, showMessage } from "./elements.js";
import { SeriesView } from "./series_view.js";
import { UploadsView } from "./uploads_view.js";

const SECTIONS = ["forecasts", "uploads"];

const series = new SeriesView(choose, report);
const uploads = new UploadsView(() => series.open().catch(report), report);

function report(error) {
  if (error.status === 401) {
    leave();
    showMessage(byId("login-error"), "Your login has ended. Log in again.");
    return;
  }
  showMessage(byId("page-error"), error.message);
}

async function choose(item) {
  showMessage(byId("page-error"), null);
  if (item === null) return showNothing();
  try {
    await showSeries(item);
  } catch (error) {
    report(error);
  }
}

function showSection() {
  const wanted = SECTIONS.includes(location.hash.slice(1)) ? location.hash.slice(1) : "forecasts";
  for (const name of SECTIONS) byId(name).hidden = name !== wanted;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.section === wanted) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  window.dispatchEvent(new Event("resize"));
}

async function enter() {
  byId("login").hidden = true;
  byId("workspace").hidden = false;
  showMessage(byId("page-error"), null);
  try {
    const { items } = await read("/v1/tenants");
    showTenants(items);
    await Promise.all([series.open(), uploads.open()]);
  } catch (error) {
    report(error);
  }
}

function showTenants(items) {
  const chosen = items.find((item) => item.tenant === session.tenant) ?? items.find((item) => item.is_active) ?? items[0];
  if (chosen) session.tenant = chosen.tenant;
  const select = byId("tenant");
  select.hidden = items.length < 2;
  select.replaceChildren(...items.map((item) => element("option", { value: item.tenant, textContent: item.name, selected: item === chosen })));
  byId("tenant-name").textContent = items.length === 1 ? items[0].name : "";
}

function leave() {
  session.close();
  uploads.close();
  byId("workspace").hidden = true;
  byId("login").hidden = false;
  byId("password").value = "";
  byId("email").focus();
}

byId("login-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  showMessage(byId("login-error"), null);
  button.disabled = true;
  try {
    await logIn(byId("email").value, byId("password").value);
    await enter();
  } catch (error) {
    showMessage(byId("login-error"), error.message);
  } finally {
    button.disabled = false;
  }
});
byId("log-out").addEventListener("click", leave);
byId("tenant").addEventListener("change", (event) => {
  session.tenant = event.target.value;
  enter();
});
window.addEventListener("hashchange", showSection);

showSection();
if (session.isOpen) enter();
else leave();
