/** Binds behaviour to elements by data-module; loads each module once, when a page needs it. */

const started = new WeakMap();

/** @param {string} sentence Announced to readers through the #live region. */
export function announce(sentence) {
  const live = document.getElementById("live");
  if (live) live.textContent = sentence;
}

/** @param {Element} element @param {string} name */
async function start(element, name) {
  const known = started.get(element) ?? new Set();
  if (known.has(name)) return;
  started.set(element, known.add(name));
  try {
    const module = await import(name);
    module.default(element);
  } catch (error) {
    announce(`${document.body.dataset.saidFailed}: ${name}`);
    console.error(error);
  }
}

/** Binds everything below (and at) a root; called again for swapped fragments. @param {ParentNode} root @returns {Promise<void[]>} */
export function bind(root) {
  const elements = [...root.querySelectorAll("[data-module]")];
  if (root instanceof Element && root.matches("[data-module]")) elements.unshift(root);
  const names = (element) => element.dataset.module.split(" ").filter(Boolean);
  return Promise.all(elements.flatMap((element) => names(element).map((name) => start(element, name))));
}

/** The CSRF token that every page carries for htmx. @returns {string} */
export function csrfToken() {
  return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
}

/** For browsers without invoker commands: buttons with commandfor open and close their dialog. */
function commandsByHand() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("button[commandfor]") : null;
    const dialog = button && document.getElementById(button.getAttribute("commandfor"));
    if (!dialog) return;
    if (button.getAttribute("command") === "close") dialog.close();
    else dialog.showModal();
  });
}

if (!("commandForElement" in HTMLButtonElement.prototype)) commandsByHand();
document.documentElement.dataset.scripts = "on";
document.body.addEventListener("htmx:afterSwap", (event) => bind(event.target));
import("age").then((module) => module.default(document)).catch(() => {});
bind(document).then(() => { document.documentElement.dataset.ready = ""; });
