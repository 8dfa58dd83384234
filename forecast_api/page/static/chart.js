// Draws one series: its history, and the forecast as a fan of bands.
/* global Plotly */

import { dayAfter } from "./words.js";

const INK = "#5b6478";
const ACCENT = "31, 79, 216";
const BANDS = [
  { level: 95, lower: 0.025, upper: 0.975, opacity: 0.13 },
  { level: 80, lower: 0.1, upper: 0.9, opacity: 0.2 },
  { level: 50, lower: 0.25, upper: 0.75, opacity: 0.34 },
];
const SHOWN_HISTORY_DAYS = 120;

/** Draw into `target`, replacing what was there. */
export function drawChart(target, series, forecast) {
  const history = series.history_units;
  const days = history.map((_, step) => dayAfter(series.history_start_date, step));
  const traces = [
    ...BANDS.flatMap((band) => bandTraces(band, forecast)),
    { x: days, y: history, name: "Sold", mode: "lines", line: { color: INK, width: 1.4 }, hovertemplate: "%{y:.4~g} sold<extra></extra>" },
    { x: forecast.dates, y: forecast.mean_units, name: "Expected", mode: "lines", line: { color: `rgb(${ACCENT})`, width: 2.4 }, hovertemplate: "%{y:.1f} expected<extra></extra>" },
  ];
  const lastDay = forecast.dates.at(-1) ?? days.at(-1);
  const firstShown = days.at(-SHOWN_HISTORY_DAYS) ?? days[0];
  Plotly.react(target, traces, layout(firstShown, lastDay, forecast.dates[0]), { displayModeBar: false, responsive: true });
}

function bandTraces({ level, lower, upper, opacity }, forecast) {
  const find = (wanted) => forecast.quantiles.find((entry) => Math.abs(entry.quantile - wanted) < 1e-6)?.units;
  const [low, high] = [find(lower), find(upper)];
  if (!low || !high) return [];
  const edge = { x: forecast.dates, mode: "lines", line: { width: 0 }, legendgroup: `band${level}` };
  return [
    { ...edge, y: low, showlegend: false, hoverinfo: "skip" },
    {
      ...edge, y: high, name: `${level} % band`, fill: "tonexty", fillcolor: `rgba(${ACCENT}, ${opacity})`,
      customdata: low, hovertemplate: `%{customdata:.1f} to %{y:.1f} (${level} %)<extra></extra>`,
    },
  ];
}

function layout(firstDay, lastDay, forecastStart) {
  return {
    margin: { l: 44, r: 12, t: 8, b: 36 },
    height: 380,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "Inter, system-ui, sans-serif", size: 12, color: INK },
    hovermode: "x unified",
    hoverlabel: { bgcolor: "#fff", bordercolor: "#d9deea" },
    legend: { orientation: "h", x: 0, y: 1.12, traceorder: "reversed" },
    xaxis: { type: "date", range: [firstDay, lastDay], showgrid: false, fixedrange: false },
    yaxis: { title: { text: "units a day" }, rangemode: "tozero", gridcolor: "#e9ecf3", zerolinecolor: "#d9deea", fixedrange: true },
    shapes: forecastStart ? [{ type: "line", x0: forecastStart, x1: forecastStart, yref: "paper", y0: 0, y1: 1, line: { color: "#b6bfd2", width: 1, dash: "dot" } }] : [],
  };
}
