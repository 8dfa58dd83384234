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

/** Return the units expected in the next days together. Means add up; daily quantiles do not. */
export function expectedUnits(forecast, days) {
  return forecast.mean_units.slice(0, days).reduce((sum, value) => sum + value, 0);
}
