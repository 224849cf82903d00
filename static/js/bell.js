/** The bell's count: asked for each minute, not in hidden tabs; the link itself stays. */
import { announce } from "app";

const REST_MS = 60_000;

/** @param {HTMLAnchorElement} bell */
export default function bell(bell) {
  let asked = Date.now();

  async function look() {
    if (document.hidden || Date.now() - asked < REST_MS) return;
    asked = Date.now();
    const answer = await fetch(bell.dataset.src, { headers: { "X-Fragment": "bell" } }).catch(() => null);
    if (answer?.status === 401) (await import("session")).show(answer, false);
    if (!answer?.ok) return;
    const before = bell.textContent;
    bell.innerHTML = await answer.text();
    if (bell.textContent !== before) announce(bell.querySelector(".unheard").textContent);
  }

  setInterval(look, REST_MS / 4);
  document.addEventListener("visibilitychange", look);
}
