/** A filter form sends itself 150 ms after the last change; its button is for pages without scripts. */

const SETTLE_MS = 150; // two quick ticks make one request

/** @param {HTMLFormElement} form */
export default function facets(form) {
  let waiting = 0;
  for (const button of form.querySelectorAll("[data-without-script]")) button.hidden = true;
  form.addEventListener("change", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => form.requestSubmit(), SETTLE_MS);
  });
}
