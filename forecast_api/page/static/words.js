// Numbers and dates as people read them.

const WHOLE = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const FINE = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const MOMENT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", hour12: false });

/** Return an amount with one decimal below ten and none above. */
export function amount(value) {
  return (Math.abs(value) < 10 ? FINE : WHOLE).format(value);
}

/** Return a calendar day (YYYY-MM-DD) in words. */
export function day(text) {
  return DAY.format(new Date(`${text}T00:00:00Z`));
}

/** Return a moment in the reader's own time zone. */
export function moment(text) {
  return MOMENT.format(new Date(text));
}

/** Return a size in bytes in words. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  if (bytes < 1024 ** 2) return `${amount(bytes / 1024)} KB`;
  return `${amount(bytes / 1024 ** 2)} MB`;
}

/** Return "1 row" or "2 rows". */
export function count(number, noun) {
  return `${WHOLE.format(number)} ${noun}${number === 1 ? "" : "s"}`;
}

/** Return the calendar day `steps` days after `text`. */
export function dayAfter(text, steps) {
  const date = new Date(`${text}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + steps);
  return date.toISOString().slice(0, 10);
}

/**
 * Return what the next days bring together.
 *
 * Means add up. Daily bands do not quite: their sum is the range if every day ran low, or every day
 * high, so it is wider than the true range of the total.
 */
export function expectation(forecast, days) {
  const band = (quantile) => forecast.quantiles.find((entry) => Math.abs(entry.quantile - quantile) < 1e-6);
  const total = (units) => units.slice(0, days).reduce((sum, value) => sum + value, 0);
  const [low, high] = [band(0.1), band(0.9)];
  return {
    mean: total(forecast.mean_units),
    low: low ? total(low.units) : null,
    high: high ? total(high.units) : null,
  };
}
