/**
 * Judges a schema while it is typed. POSTs the text as form field `schema` (and the field's own name)
 * to data-check and shows the answer beside the text:
 * {ok, message, faults: [{line, column, path, detail, severity}]}.
 */
import { csrfToken } from "app";

const SETTLE_MS = 400;
const ICONS = { bad: "circle-x", warn: "triangle-alert", ok: "circle-check", unknown: "circle-question-mark" };

/** @param {string} name */
function icon(name) {
  const sprite = document.querySelector("svg.icon use").getAttribute("href").replace(/#.*/, "");
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawing.append(use);
  return drawing;
}

/** One line of the verdict; every text from the server is set as text. */
function row({ state, title, detail, where }, go) {
  const item = document.createElement("li");
  item.dataset.state = state;
  const words = document.createElement("div");
  words.className = "stack-lines";
  const head = document.createElement(go ? "button" : "b");
  if (go) {
    head.type = "button";
    head.className = "link-button";
    head.addEventListener("click", go);
  }
  head.textContent = title;
  words.append(head);
  for (const [text, name] of [[detail, "soft"], [where, "code-name"]]) {
    if (!text) continue;
    const line = document.createElement("span");
    line.className = name;
    line.textContent = text;
    words.append(line);
  }
  item.append(icon(ICONS[state]), words);
  return item;
}

/** Puts the caret on a line of the text. */
function select(area, line, column = 1) {
  const before = area.value.split("\n").slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0);
  area.focus();
  area.setSelectionRange(before + column - 1, before + column);
}

function rows(area, answer) {
  const faults = (answer.faults ?? []).map((fault) => {
    const place = fault.line ? `Line ${fault.line}${fault.column ? `, column ${fault.column}` : ""}` : "Whole schema";
    const go = fault.line ? () => select(area, fault.line, fault.column ?? 1) : null;
    return row({ state: fault.severity === "warn" ? "warn" : "bad", title: place, detail: fault.detail, where: fault.path || fault.pointer }, go);
  });
  return [row({ state: answer.ok ? "ok" : "bad", title: answer.message || (answer.ok ? "Valid" : "Not valid") }), ...faults];
}

/** @param {HTMLTextAreaElement} area */
export default function schemacheck(area) {
  const verdict = document.getElementById(`${area.id}-verdict`);
  const list = document.createElement("ul");
  verdict.append(list);
  let timer = 0;
  let running = null;

  async function check() {
    running?.abort();
    if (!area.value.trim()) {
      area.removeAttribute("aria-invalid");
      return list.replaceChildren();
    }
    running = new AbortController();
    const body = new FormData(area.form ?? undefined);
    body.set("schema", area.value);
    try {
      const reply = await fetch(area.dataset.check, { method: "POST", body, headers: { "X-CSRFToken": csrfToken(), Accept: "application/json" }, signal: running.signal });
      const answer = await reply.json();
      if (reply.status >= 500) throw new Error(`answer ${reply.status}`);
      list.replaceChildren(...rows(area, answer));
      area.toggleAttribute("aria-invalid", false);
      if (!answer.ok) area.setAttribute("aria-invalid", "true");
    } catch (error) {
      if (error.name === "AbortError") return;
      list.replaceChildren(row({ state: "unknown", title: "The check could not run", detail: "It runs again when you save." }));
    }
  }

  area.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(check, SETTLE_MS);
  });
  area.addEventListener("keydown", (event) => { if (event.key === "Escape") area.blur(); });
  if (area.value.trim()) check();
}
