/** A region that polls its fragment: replaced in place, backs off on errors, rests in hidden tabs.
 *  With data-final the whole page around it is shown anew when the server says that it is over. */
import { bind } from "app";

const BACK_OFF_S = [10, 20, 40, 60];
const LONGEST_WAIT_MS = 10_000;

/** Replaces the region's inside unless somebody works in it; focus and scroll stay where they are. */
function replace(region, markup) {
  const focused = document.activeElement;
  if (region.contains(focused) && focused.matches("input, select, textarea")) return;
  const focusId = region.contains(focused) ? focused.id : "";
  const scrolled = [...region.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
  region.innerHTML = markup;
  region.querySelectorAll(".scroll").forEach((box, position) => { box.scrollLeft = scrolled[position] ?? 0; });
  if (focusId) document.getElementById(focusId)?.focus({ preventScroll: true });
  bind(region);
}

/** What somebody typed stays: text goes over to the field of the same name. */
function carry(from, to) {
  for (const field of from.querySelectorAll("textarea, input[type=text], input:not([type])")) {
    if (field.value === field.defaultValue) continue;
    const next = to.querySelector(`[name="${CSS.escape(field.name)}"]`);
    if (next) next.value = field.value;
  }
}

/** The same field, button or link of the new page. */
function counterpart(element, inside) {
  if (element.id) return inside.querySelector(`[id="${CSS.escape(element.id)}"]`);
  const named = element.getAttribute("href") ? "href" : "name";
  const value = element.getAttribute(named);
  return value && inside.querySelector(`[${named}="${CSS.escape(value)}"]`);
}

/** Shows the main part of the page as it is now; keeps focus, caret, scroll and typed text. */
async function renew() {
  const answer = await fetch(location.href, { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
  if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [old, next] = [document.getElementById("main"), page.getElementById("main")];
  if (!next) throw new Error("the page has no main part");
  carry(old, next);
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  const caret = focused?.matches("textarea, input") ? [focused.selectionStart, focused.selectionEnd] : null;
  const heir = focused && counterpart(focused, next);
  old.replaceChildren(...next.childNodes);
  bind(old);
  if (!focused) return;
  (heir ?? old).focus({ preventScroll: true });
  if (heir && caret?.[0] != null) heir.setSelectionRange(...caret);
}

/** @param {HTMLElement} region */
export default function live(region) {
  const rest = Number(region.dataset.seconds || 30);
  let failures = 0;
  let timer = 0;
  let over = false;

  function later() {
    clearTimeout(timer);
    const seconds = failures ? BACK_OFF_S[Math.min(failures, BACK_OFF_S.length) - 1] : rest;
    if (!over && !document.hidden) timer = setTimeout(look, seconds * 1000);
  }

  async function look() {
    if (!region.isConnected) return;
    try {
      const answer = await fetch(region.dataset.src, {
        headers: { "X-Fragment": "live" },
        signal: AbortSignal.timeout(LONGEST_WAIT_MS),
      });
      if (answer.status === 401) (await import("session")).show(answer, false);
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      replace(region, await answer.text());
      over = answer.headers.get("X-Final") === "true";
      if (over && "final" in region.dataset) await renew();
      failures = 0;
      delete region.dataset.failing;
    } catch {
      failures += 1;
      over = false;
      region.dataset.failing = "";
    }
    later();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : later()));
  later();
}
