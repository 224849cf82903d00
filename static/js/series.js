/** Measured intervals over time: columnar JSON made ready to draw, and put into a sentence. */
import { duration, UNITS } from "age";

const GAP_STEPS = 2.5; // a pause longer than this many sweeps is a gap and stays one

/** Seconds as words, "3–4 min" when both ends are known, rounded outwards. @param {number|null} low @param {number|null} high */
export function interval(low, high) {
  if (low == null && high == null) return "unknown";
  if (high == null) return `at least ${duration(Math.floor(low))}`;
  if (low == null) return `at most ${duration(Math.floor(high))}`;
  if (low === high) return duration(Math.floor(high));
  const [size, unit] = UNITS.find(([seconds, word]) => high >= 2 * seconds || word === "s");
  const step = high < 10 ? 0.1 : 1;
  const [from, to] = [Math.floor(low / size / step), Math.ceil(high / size / step)].map((count) => +(count * step).toFixed(1));
  return from < to ? `${from}–${to} ${unit}` : `${to} ${unit}`;
}

/**
 * Inserts an empty point into every pause, so that no line runs across it.
 * @returns {{t: number[], lo: (number|null)[], hi: (number|null)[], records: (number|null)[]}}
 */
export function withGaps({ t, lo, hi, records = [], step_seconds: step = 60 }) {
  const out = { t: [], lo: [], hi: [], records: [] };
  t.forEach((moment, position) => {
    const before = t[position - 1];
    if (position && moment - before > GAP_STEPS * step) {
      out.t.push(before + step);
      for (const column of [out.lo, out.hi, out.records]) column.push(null);
    }
    out.t.push(moment);
    out.lo.push(lo[position] ?? hi[position] ?? null);
    out.hi.push(hi[position] ?? lo[position] ?? null);
    out.records.push(records[position] ?? null);
  });
  return out;
}

/** Spans in which somebody looked and could not tell. @returns {[number, number, string][]} */
export function unknownSpans({ t, lo, hi, coverage = [], step_seconds: step = 60 }) {
  const spans = coverage.filter(([, , share]) => share === 0).map(([from, to, , reason]) => [from, to, reason ?? "unknown"]);
  t.forEach((moment, position) => {
    if (lo[position] != null || hi[position] != null) return;
    const last = spans.at(-1);
    if (last && moment - last[1] <= step) last[1] = moment + step / 2;
    else spans.push([moment - step / 2, moment + step / 2, "unknown"]);
  });
  return spans;
}

/** The chart in words, for readers and for the line under it. */
export function sentence(answer, { label, limit, limitWords, show }) {
  const column = show === "records" ? answer.records ?? [] : answer.hi;
  const known = column.filter((value) => value != null);
  if (!known.length) return `${label}: nothing was measured in this range.`;
  const word = show === "records" ? (value) => `${value.toLocaleString("en")} records` : (value) => duration(Math.floor(value));
  const last = column.findLastIndex((value) => value != null);
  const now = show === "records" ? word(column[last]) : interval(answer.lo[last], answer.hi[last]);
  const parts = [`${label}: between ${word(Math.min(...known))} and ${word(Math.max(...known))}, last ${now}`];
  if (limit && show !== "records") {
    const over = answer.hi.filter((value) => value != null && value > limit).length;
    parts.push(over ? `above the limit (${limitWords || word(limit)}) in ${over} of ${known.length} measurements` : `never above ${limitWords || word(limit)}`);
  }
  const missing = column.length - known.length;
  if (missing) parts.push(`${missing} ${missing === 1 ? "time" : "times"} not measured`);
  return `${parts.join("; ")}.`;
}
