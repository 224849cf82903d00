/** The log-in dialog over a page whose session ended: the page and its forms stay. */
import { announce, bind } from "app";

/** Gives the new token to htmx and to every form of the page. @param {string} token */
function renew(token) {
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
  for (const input of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) input.value = token;
}

/** Lays the dialog of a 401 answer over the page; a poll waits while somebody types. @param {Response} answer @param {boolean} isAsked */
export async function show(answer, isAsked) {
  if (!isAsked && document.activeElement?.matches("input, textarea, select, [contenteditable]")) return;
  const markup = await answer.text();
  const place = document.getElementById("log-in-over");
  if (place.querySelector("dialog[open]")) return;
  place.innerHTML = markup;
  bind(place);
}

/** @param {HTMLDialogElement} dialog */
export default function session(dialog) {
  const form = dialog.querySelector("form");
  const login = form.elements.namedItem("login");
  login.value ||= document.body.dataset.viewer;
  form.querySelector("[data-close]").addEventListener("click", () => dialog.close());
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "X-Fragment": "log-in" } }).catch(() => null);
    if (!answer) return announce(document.body.dataset.saidFailed);
    if (answer.status !== 204) {
      dialog.close();
      return show(answer, true);
    }
    if (login.value.trim().toLowerCase() !== document.body.dataset.viewer.toLowerCase()) return location.reload();
    renew(answer.headers.get("X-CSRF-Token"));
    dialog.close();
    return announce(dialog.dataset.said);
  });
  dialog.showModal();
  (login.value ? form.elements.namedItem("password") : login).focus();
}
