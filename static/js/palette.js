/** The palette: a combobox in a dialog; lines come from a fragment, actions from the open page. */

const SETTLE_MS = 80;
const LONGEST_WAIT_MS = 10_000;
const HERE = "main :is(.actions, .tabs) :is(a[href]:not([aria-current]), button:not([disabled]))";

const dialog = document.getElementById("palette");
const input = dialog.querySelector("input");
const found = document.getElementById("palette-found");
let waiting = 0;
let asking = new AbortController();

/** @returns {HTMLElement[]} */
const lines = () => [...found.querySelectorAll("[role=option]")];

/** @param {HTMLElement | undefined} line */
function choose(line) {
  for (const other of lines()) other.setAttribute("aria-selected", String(other === line));
  if (line) input.setAttribute("aria-activedescendant", line.id);
  else input.removeAttribute("aria-activedescendant");
  line?.scrollIntoView({ block: "nearest" });
}

/** What an element is called, without the count beside it. @param {Element} element */
function called(element) {
  const copy = element.cloneNode(true);
  for (const count of copy.querySelectorAll(".count")) count.remove();
  return copy.textContent.trim();
}

/** The buttons, links and tabs of the page behind, by the words typed. @param {string} typed */
function actionsHere(typed) {
  const words = typed.replace(/^>/, "").toLowerCase().split(/\s+/).filter(Boolean);
  return [...document.querySelectorAll(HERE)].filter((element) => {
    const label = called(element).toLowerCase();
    return label && !element.closest("dialog, [popover]") && element.checkVisibility() && words.every((word) => label.includes(word));
  });
}

/** @param {string} typed */
function addActions(typed) {
  const actions = typed ? actionsHere(typed) : [];
  if (!actions.length) return;
  let box = found.querySelector("[role=listbox]");
  if (!box) {
    box = document.createElement("div");
    box.setAttribute("role", "listbox");
    box.setAttribute("aria-label", dialog.dataset.here);
    found.replaceChildren(box);
  }
  const group = document.createElement("div");
  group.setAttribute("role", "group");
  group.setAttribute("aria-labelledby", "palette-here");
  const label = document.createElement("span");
  label.className = "label";
  label.id = "palette-here";
  label.setAttribute("role", "presentation");
  label.textContent = dialog.dataset.here;
  group.append(label);
  actions.slice(0, 8).forEach((action, position) => {
    const line = document.createElement(action.href ? "a" : "div");
    if (action.href) line.href = action.href;
    line.className = "item";
    line.id = `palette-here-${position}`;
    line.setAttribute("role", "option");
    line.tabIndex = -1;
    line.textContent = called(action);
    if (!action.href) line.addEventListener("click", () => { dialog.close(); action.click(); });
    group.append(line);
  });
  box.prepend(group);
}

async function look() {
  const typed = input.value.trim();
  asking.abort();
  asking = new AbortController();
  const signal = AbortSignal.any([asking.signal, AbortSignal.timeout(LONGEST_WAIT_MS)]);
  try {
    const answer = await fetch(`${dialog.dataset.src}?q=${encodeURIComponent(typed)}`, { headers: { "X-Fragment": "palette" }, signal });
    if (answer.status === 401) {
      dialog.close();
      return (await import("session")).show(answer, true);
    }
    if (!answer.ok) throw new Error(`answer ${answer.status}`);
    found.innerHTML = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return undefined;
    found.textContent = dialog.dataset.failed;
  }
  addActions(typed);
  const isOpen = lines().length > 0;
  input.setAttribute("aria-expanded", String(isOpen));
  if (isOpen) input.setAttribute("aria-controls", "palette-lines"); // named only while it is there
  else input.removeAttribute("aria-controls");
  return choose(lines()[0]);
}

/** @param {HTMLElement | undefined} line @param {boolean} isAside */
function go(line, isAside) {
  if (!line) return;
  if (isAside && line.href) window.open(line.href, "_blank", "noopener");
  else line.click();
}

input.addEventListener("input", () => {
  clearTimeout(waiting);
  if (input.value === "?") {
    dialog.close();
    document.getElementById("help")?.showModal();
    return;
  }
  waiting = setTimeout(look, SETTLE_MS);
});
input.addEventListener("keydown", (event) => {
  const all = lines();
  const here = all.findIndex((line) => line.getAttribute("aria-selected") === "true");
  const next = { ArrowDown: (here + 1) % all.length, ArrowUp: (here + all.length - 1) % all.length }[event.key];
  if (next !== undefined) choose(all[next]);
  else if (event.key === "Enter") go(all[here], event.ctrlKey || event.metaKey);
  else return;
  event.preventDefault();
});
dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

/** @param {boolean} actionsOnly Begin with ">". */
export function open(actionsOnly) {
  if (!dialog.open) dialog.showModal();
  input.value = actionsOnly ? ">" : "";
  input.focus();
  look();
}
