/** The theme and density form of the viewer's menu: switches at once, the server remembers. */

/** @param {HTMLFormElement} form */
export default function theme(form) {
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button?.name) return;
    event.preventDefault();
    document.documentElement.dataset[button.name] = button.value;
    for (const other of form.querySelectorAll(`button[name="${button.name}"]`)) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    document.dispatchEvent(new CustomEvent("theme-changed"));
    const body = new FormData(form, button);
    body.set("quiet", "1");
    const answer = await fetch(form.action, { method: "POST", body, redirect: "manual" }).catch(() => null);
    if (!answer?.ok) {
      const { announce } = await import("app");
      announce(document.body.dataset.saidFailed);
    }
  });
}
