/** The lag chart: a band from the least to the most it can be; gaps stay gaps, unknown is hatched. */
import { announce } from "app";
import { interval, sentence, unknownSpans, withGaps } from "series";
import { duration } from "age";
import uPlot from "uplot";

const HEIGHT_PX = 280;
const REFRESH_MS = 30_000;
const LEAST_DRAG_PX = 12;
const WHOLE_SECONDS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800];
const DAY_S = 86400;

/** 24-hour ticks in the zone of the page; the day is named where it changes. */
const clockTicks = (timeZone) => (_plot, ticks, _axis, _space, step) => {
  let day = "";
  return ticks.map((moment) => {
    const date = new Date(moment * 1000);
    const today = date.toLocaleDateString("en-GB", { timeZone, day: "numeric", month: "short" });
    const isNew = day && today !== day;
    day = today;
    if (step >= DAY_S || isNew) return today;
    const seconds = step < 60 ? { second: "2-digit" } : {};
    return date.toLocaleTimeString("en-GB", { timeZone, hour: "2-digit", minute: "2-digit", ...seconds });
  });
};

/** Registered tokens answer real colours; read anew at each theme change. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(name).trim();
  return { line: of("--series-1"), grid: of("--line"), axis: of("--text-3"), text: of("--text-1"), unknown: of("--unknown") };
}

/** @param {string} colour */
function hatch(colour) {
  const tile = new OffscreenCanvas(7, 7);
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.beginPath();
  for (const shift of [-7, 0, 7]) { pen.moveTo(shift, 7); pen.lineTo(shift + 7, 0); }
  pen.stroke();
  return pen.createPattern(tile, "repeat");
}

/** Everything drawn over the plot: unknown spans, limit, events. */
function overlay(plot, answer, options, palette) {
  const { ctx: pen, bbox: box } = plot;
  const ratio = devicePixelRatio;
  const across = (moment) => plot.valToPos(moment, "x", true);
  pen.save();
  pen.beginPath();
  pen.rect(box.left, box.top, box.width, box.height);
  pen.clip();
  pen.font = `${12 * ratio}px Inter, sans-serif`;
  pen.textAlign = "left";
  pen.textBaseline = "alphabetic";
  for (const [from, to] of unknownSpans(answer)) {
    pen.globalAlpha = 0.55;
    pen.fillStyle = hatch(palette.unknown);
    pen.fillRect(across(from), box.top, across(to) - across(from), box.height);
    pen.globalAlpha = 1;
  }
  for (const [row, event] of (answer.events ?? []).entries()) {
    const x = across(event.t);
    const isLate = x > box.left + box.width * 0.8; // its words would end beyond the plot
    line(pen, [x, box.top, x, box.top + box.height], palette.axis, [2 * ratio, 3 * ratio]);
    pen.fillStyle = palette.axis;
    pen.textAlign = isLate ? "right" : "left";
    pen.fillText(event.label, x + (isLate ? -5 : 5) * ratio, box.top + (14 + 14 * (row % 3)) * ratio);
    pen.textAlign = "left";
  }
  if (options.limit && options.show !== "records") {
    const y = plot.valToPos(options.limit, "y", true);
    line(pen, [box.left, y, box.left + box.width, y], palette.text, [6 * ratio, 4 * ratio]);
    pen.fillStyle = palette.text;
    pen.font = `500 ${12 * ratio}px Inter, sans-serif`;
    pen.fillText(options.limitWords ? `Promise: “${options.limitWords.replace(/^promised: /, "")}”` : `limit ${duration(options.limit)}`, box.left + 8 * ratio, y - 6 * ratio);
  }
  pen.restore();
}

function line(pen, [fromX, fromY, toX, toY], colour, dash) {
  pen.strokeStyle = colour;
  pen.setLineDash(dash);
  pen.beginPath();
  pen.moveTo(fromX, fromY);
  pen.lineTo(toX, toY);
  pen.stroke();
  pen.setLineDash([]);
}

function plotOptions(host, answer, options, palette) {
  const records = options.show === "records";
  const axis = { stroke: palette.axis, font: "12px Inter, sans-serif", ticks: { stroke: palette.grid, width: 1 }, grid: { stroke: palette.grid, width: 1 } };
  const value = records ? (amount) => amount.toLocaleString("en") : (amount) => duration(Math.floor(amount));
  const plain = { points: { show: false }, spanGaps: false };
  return {
    width: Math.max(host.clientWidth, 280),
    height: HEIGHT_PX,
    tzDate: (moment) => uPlot.tzDate(new Date(moment * 1000), options.zone),
    legend: { show: false },
    cursor: { drag: { x: true, y: false }, points: { show: false } },
    scales: { x: { time: true }, y: { range: (_, __, top) => [0, Math.max(top ?? 0, records ? 1 : (options.limit || 1) * 1.2)] } },
    axes: [{ ...axis, grid: { show: false }, values: clockTicks(options.zone) }, { ...axis, size: 64, ...(records ? {} : { incrs: WHOLE_SECONDS }), values: (_, ticks) => ticks.map(value) }],
    series: records
      ? [{}, { ...plain, stroke: palette.line, width: 1.75 }]
      : [{}, { ...plain, stroke: palette.line, width: 1.75 }, { ...plain, stroke: "transparent", width: 0 }],
    bands: records ? [] : [{ series: [1, 2], fill: palette.line.replace(/^rgb\((.*)\)$/, "rgba($1, 0.22)") }],
    hooks: {
      draw: [(plot) => overlay(plot, answer, options, palette)],
      setSelect: [zoom],
      setCursor: [(plot) => readOut(host, plot, options)],
    },
  };
}

/** Dragging a range puts it into the address, so that tables below follow and it can be shared. */
function zoom(plot) {
  if (plot.select.width < LEAST_DRAG_PX) return;
  const address = new URL(location.href);
  address.searchParams.set("from", Math.floor(plot.posToVal(plot.select.left, "x")));
  address.searchParams.set("to", Math.ceil(plot.posToVal(plot.select.left + plot.select.width, "x")));
  location.assign(address);
}

function readOut(host, plot, options) {
  const summary = host.nextElementSibling;
  const position = plot.cursor.idx;
  if (!summary?.matches("[data-summary]")) return;
  if (position == null || plot.cursor.left < 0) {
    summary.textContent = host.dataset.sentence ?? "";
    return;
  }
  const [moments, first, second] = plot.data;
  const said = options.show === "records" ? `${(first[position] ?? "unknown").toLocaleString("en")} records` : interval(second[position], first[position]);
  summary.textContent = `${new Date(moments[position] * 1000).toLocaleString("en-GB", { timeZone: options.zone })} ${options.zone}: ${said}`;
}

/** @param {HTMLElement} host */
export default function chart(host) {
  const options = { label: host.dataset.label, limit: Number(host.dataset.limit) || 0, limitWords: host.dataset.limitWords, show: host.dataset.show, zone: host.dataset.zone || "UTC" };
  let answer = null;
  let plot = null;

  function draw() {
    if (!answer) return;
    const ready = withGaps(answer);
    const columns = options.show === "records" ? [ready.t, ready.records] : [ready.t, ready.hi, ready.lo];
    plot?.destroy();
    host.querySelector("[data-waiting]")?.remove();
    plot = new uPlot(plotOptions(host, answer, options, colours()), columns, host);
    host.dataset.sentence = `${sentence(answer, options)} Times are ${options.zone}.`;
    host.setAttribute("aria-label", host.dataset.sentence);
    const summary = host.nextElementSibling;
    if (summary?.matches("[data-summary]")) summary.textContent = host.dataset.sentence;
  }

  async function load() {
    try {
      const reply = await fetch(host.dataset.src, { headers: { Accept: "application/json" } });
      if (!reply.ok) throw new Error(`answer ${reply.status}`);
      answer = await reply.json();
      draw();
    } catch (error) {
      announce(`${options.label}: ${error.message}`);
      const waiting = host.querySelector("[data-waiting]");
      if (waiting) waiting.append(` ${error.message}`);
    }
    setTimeout(() => { if (host.isConnected && !document.hidden) load(); }, REFRESH_MS);
  }

  document.addEventListener("theme-changed", draw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) load(); });
  new ResizeObserver(() => plot?.setSize({ width: Math.max(host.clientWidth, 280), height: HEIGHT_PX })).observe(host);
  load();
}
