/** Values that stay true while somebody looks: every [data-live] takes over what its namesake shows on
 *  the page as it is now. Nothing is added, moved or taken away; where somebody works, nothing changes. */
import { bind } from "app";

const LONGEST_WAIT_MS = 10_000;
const BACK_OFF_S = [10, 20, 40, 60];

/** Is somebody typing, marking text or standing on something in there? */
function inUse(element) {
  const marked = getSelection();
  return element.contains(document.activeElement) || (!marked.isCollapsed && marked.containsNode(element, true));
}

/** @param {Document} page The page as it is now. */
function takeOver(page) {
  for (const element of document.querySelectorAll("[data-live]")) {
    const now = page.querySelector(`[data-live="${CSS.escape(element.dataset.live)}"]`);
    if (!now || now.innerHTML === element.dataset.seen || inUse(element)) continue;
    if (now.innerHTML !== element.innerHTML) {
      element.innerHTML = now.innerHTML;
      bind(element);
    }
    element.dataset.seen = now.innerHTML;
  }
}

/** @param {HTMLElement} mark Stands on the page whose values are live; says how often to look. */
export default function values(mark) {
  const rest = Number(mark.dataset.seconds || 15);
  let failures = 0;
  let timer = 0;

  function later() {
    clearTimeout(timer);
    const seconds = failures ? BACK_OFF_S[Math.min(failures, BACK_OFF_S.length) - 1] : rest;
    if (mark.isConnected && !document.hidden) timer = setTimeout(look, seconds * 1000);
  }

  async function look() {
    try {
      const answer = await fetch(location.href, {
        headers: { "X-Fragment": "live" },
        signal: AbortSignal.timeout(LONGEST_WAIT_MS),
      });
      if (answer.status === 401) (await import("session")).show(answer, false);
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      takeOver(new DOMParser().parseFromString(await answer.text(), "text/html"));
      failures = 0;
    } catch {
      failures += 1;
    }
    later();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : later()));
  later();
}
