/** A region that polls its fragment: replaced in place, backs off on errors, rests in hidden tabs. */
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
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      replace(region, await answer.text());
      over = answer.headers.get("X-Final") === "true";
      failures = 0;
      delete region.dataset.failing;
    } catch {
      failures += 1;
      region.dataset.failing = "";
    }
    later();
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(timer) : later()));
  later();
}
