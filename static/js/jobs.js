/** Long work: the step list is fetched whole again until the server stops naming an address. */
import { bind } from "app";

const BACK_OFF_S = [2, 5, 10, 20];

/** @param {HTMLElement} list */
export default function jobs(list) {
  let failures = 0;

  function later() {
    const failing = BACK_OFF_S[Math.min(failures, BACK_OFF_S.length) - 1];
    setTimeout(look, (failures ? failing : Number(list.dataset.seconds || 2)) * 1000);
  }

  async function look() {
    if (!list.isConnected) return;
    if (document.hidden) return later();
    try {
      const answer = await fetch(list.dataset.src, { headers: { "X-Fragment": "job" } });
      if (answer.status === 401) (await import("session")).show(answer, false);
      if (!answer.ok || answer.redirected) throw new Error(`answer ${answer.status}`);
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const next = holder.content.querySelector(`[id="${list.id}"]`);
      if (!next) throw new Error("the fragment holds no step list");
      const over = !next.dataset.src;
      list.replaceWith(next);
      if (over) return location.reload(); // the page around it now shows the result
      bind(next);
    } catch {
      failures += 1;
      later();
    }
  }

  later();
}
