// The chosen series: chart, figures and what they mean in words.

import { read } from "./api.js";
import { drawChart } from "./chart.js";
import { byId, element } from "./elements.js";
import { amount, day, expectedUnits, moment } from "./words.js";

const HISTORY_DAYS = 365;
const LEARNED = "lightgbm";
let asked = 0;

/** Show a series with its forecast and its accuracy. */
export async function showSeries(item) {
  const question = ++asked;
  const [series, forecasts, accuracy] = await Promise.all([
    read(`/v1/series/${encodeURIComponent(item.series_id)}`, { days: HISTORY_DAYS }),
    read("/v1/forecasts", { series_id: item.series_id }),
    read("/v1/accuracy", { series_id: item.series_id }),
  ]);
  // A slow answer to an earlier choice must not cover a later one.
  if (question !== asked) return;
  const forecast = forecasts.items[0];
  const chart = element("div", { className: "chart", role: "img", "aria-label": `Sales of ${series.series_id} and the forecast` });
  byId("detail").replaceChildren(
    heading(series),
    element("div", { className: "tiles" }, tiles(series, forecast)),
    element("div", { className: "card" }, chart),
    element("div", { className: "card words" }, explanation(forecast, accuracy, forecasts.vintage)),
  );
  drawChart(chart, series, forecast);
}

/** Say what to do while there is nothing to show. */
export function showNothing() {
  asked += 1;
  byId("detail").replaceChildren(
    element(
      "div", { className: "card empty" },
      element("h2", { textContent: "No sales yet" }),
      element("p", { textContent: "Send a file of past sales. Forecasts appear here a few minutes later, with how sure we are." }),
      element("a", { className: "primary", href: "#uploads", textContent: "Send a sales file" }),
    ),
  );
}

function heading(series) {
  const facts = [series.sku, series.location_key, series.category].filter(Boolean).join(" · ");
  return element(
    "header", { className: "detail-head" },
    element("h2", { textContent: series.product_title ?? series.product_key }),
    element("p", { className: "quiet", textContent: facts }),
  );
}

function tiles(series, forecast) {
  const sold = series.history_units.slice(-28).filter((units) => units !== null);
  return [
    tile("Next 7 days", expectedUnits(forecast, 7)),
    tile(`Next ${forecast.dates.length} days`, expectedUnits(forecast, forecast.dates.length)),
    element(
      "div", { className: "card tile" },
      element("span", { className: "quiet", textContent: "Last 28 days" }),
      element("strong", { textContent: amount(sold.reduce((sum, units) => sum + units, 0)) }),
      element("span", { className: "quiet", textContent: sold.length < 28 ? `units sold, on ${sold.length} days we know of` : "units sold" }),
    ),
  ];
}

function tile(title, units) {
  return element(
    "div", { className: "card tile" },
    element("span", { className: "quiet", textContent: title }),
    element("strong", { textContent: `≈ ${amount(units)}` }),
    element("span", { className: "quiet", textContent: "units expected" }),
  );
}

function explanation(forecast, accuracy, vintage) {
  const isFallback = forecast.method !== LEARNED;
  return [
    isFallback ? element("p", { className: "notice", textContent: `Simple forecast: ${forecast.reason}` }) : null,
    element("h3", { textContent: "How good has it been?" }),
    element("p", { id: "accuracy-words" }, element("b", { textContent: "This product here: " }), accuracy.items[0].words),
    element("p", {}, element("b", { textContent: "All your products: " }), accuracy.overall.words),
    element("h3", { textContent: "What am I looking at?" }),
    element("p", {
      textContent: `Forecast of ${moment(vintage.published_at)}, made from sales up to ${day(vintage.cutoff_date)}. `
        + "On eight days in ten, sales should fall inside the 80 % band of the chart.",
    }),
    isFallback ? null : element("p", { className: "quiet", textContent: forecast.reason }),
  ];
}
