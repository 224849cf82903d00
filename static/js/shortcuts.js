/** Keys: Ctrl K palette, / search, ? all keys, g + letter go, j k x in lists. Never while somebody types. */
import { announce } from "app";

const SECOND_KEY_MS = 1200;
const ROWS = "main :is(tbody tr, .rows > li, .inbox > li)";

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
}

/** @param {boolean} actionsOnly */
function openPalette(actionsOnly) {
  import("palette").then((module) => module.open(actionsOnly)).catch(() => announce(document.body.dataset.saidFailed));
}

/** Moves the focus to the name in the next or previous row of the page's lists. @param {number} step */
function move(step) {
  const names = [...document.querySelectorAll(ROWS)].map((row) => row.querySelector("a[href]")).filter((name) => name?.checkVisibility());
  const row = document.activeElement?.closest(ROWS);
  const here = names.findIndex((name) => row?.contains(name));
  const next = here < 0 && step < 0 ? names.length - 1 : here + step;
  names[Math.max(0, Math.min(next, names.length - 1))]?.focus();
}

/** @param {HTMLFormElement} form The search form of the head. */
export default function shortcuts(form) {
  let going = 0;
  const single = {
    "/": () => form.querySelector("input").focus(),
    "?": () => document.getElementById("help")?.showModal(),
    g: () => { going = Date.now(); },
    j: () => move(1),
    k: () => move(-1),
    x: () => document.activeElement?.closest(ROWS)?.querySelector("input[type=checkbox]")?.click(),
  };
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return openPalette(event.shiftKey);
    }
    if (document.documentElement.dataset.keys === "off" || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (document.querySelector("dialog[open]")) return undefined;
    const place = Date.now() - going < SECOND_KEY_MS && document.querySelector(`.rail [data-go="${CSS.escape(event.key)}"]`);
    going = 0;
    if (place) return place.click();
    if (Object.hasOwn(single, event.key)) {
      event.preventDefault();
      single[event.key]();
    }
    return undefined;
  });
}
