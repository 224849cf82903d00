/** Toasts leave after 6 s unless looked at; errors stay until closed. */

const SHOWN_MS = 6000;

/** @param {HTMLElement} toast */
function watch(toast) {
  let timer = 0;
  const leave = () => toast.remove();
  const count = () => { if (toast.dataset.state !== "bad") timer = setTimeout(leave, SHOWN_MS); };
  toast.querySelector("[data-close]")?.addEventListener("click", leave);
  for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, () => clearTimeout(timer));
  for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, count);
  count();
}

/** @param {HTMLElement} box */
export default function toasts(box) {
  box.querySelectorAll(".toast").forEach(watch);
  new MutationObserver((changes) => {
    for (const change of changes) {
      for (const node of change.addedNodes) if (node instanceof HTMLElement && node.matches(".toast")) watch(node);
    }
  }).observe(box, { childList: true });
}
