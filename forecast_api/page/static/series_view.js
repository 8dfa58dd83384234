// The catalogue on the left: search, filter, choose.

import { read } from "./api.js";
import { byId, element } from "./elements.js";
import { amount } from "./words.js";

const PAGE_SIZE = 50;
const TYPING_PAUSE_MS = 200;

/** Manages the list of series and tells `onChoose` which one is chosen (null: there is none). */
export class SeriesView {
  constructor(onChoose, onError) {
    this.onChoose = onChoose;
    this.onError = onError;
    this.list = byId("series-list");
    this.question = 0;
    byId("search").addEventListener("input", () => {
      clearTimeout(this.pause);
      this.pause = setTimeout(() => this.reload(), TYPING_PAUSE_MS);
    });
    byId("location").addEventListener("change", () => this.reload());
    byId("more-series").addEventListener("click", () => this.loadPage(this.nextCursor));
    this.list.addEventListener("keydown", (event) => this.moveFocus(event));
  }

  /** Begin again for another account. */
  async open() {
    byId("search").value = "";
    const locations = await read("/v1/locations");
    const all = element("option", { value: "", textContent: "All locations" });
    byId("location").replaceChildren(all, ...locations.items.map((name) => element("option", { value: name, textContent: name })));
    await this.reload();
  }

  async reload() {
    this.list.replaceChildren();
    await this.loadPage(null);
  }

  async loadPage(cursor) {
    const asked = ++this.question;
    const filters = { q: byId("search").value.trim(), location: byId("location").value, limit: PAGE_SIZE, cursor };
    try {
      const page = await read("/v1/series", filters);
      if (asked === this.question) this.show(page, cursor === null);
    } catch (error) {
      this.onError(error);
    }
  }

  show(page, isFirst) {
    this.nextCursor = page.next_cursor;
    byId("more-series").hidden = page.next_cursor === null;
    this.list.append(...page.items.map((item) => this.row(item)));
    if (!isFirst) return;
    const isFiltered = byId("search").value.trim() !== "" || byId("location").value !== "";
    if (page.items.length > 0) this.list.querySelector("button").click();
    else if (isFiltered) this.list.append(element("li", { className: "quiet nothing", textContent: "Nothing matches. Try another word or location." }));
    else this.onChoose(null);
  }

  row(item) {
    const button = element(
      "button", { type: "button", className: "series" },
      element("span", { className: "series-title", textContent: item.product_title ?? item.sku ?? item.product_key }),
      element("span", { className: "series-volume", textContent: amount(item.mean_daily_units) }),
      element("span", { className: "quiet", textContent: [item.sku, item.location_key].filter(Boolean).join(" · ") }),
    );
    button.addEventListener("click", () => {
      this.list.querySelector("[aria-current]")?.removeAttribute("aria-current");
      button.setAttribute("aria-current", "true");
      this.onChoose(item);
    });
    return element("li", {}, button);
  }

  moveFocus(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...this.list.querySelectorAll("button")];
    buttons[buttons.indexOf(document.activeElement) + step]?.focus();
    event.preventDefault();
  }
}
