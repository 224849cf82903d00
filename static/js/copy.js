/** A button with data-copy puts that text on the clipboard and says so. */
import { announce } from "app";

/** Without the clipboard interface (plain http on another host) a hidden text is selected instead. */
function copyBySelection(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unheard";
  document.body.append(area);
  area.select();
  const worked = document.execCommand("copy");
  area.remove();
  if (!worked) throw new Error("the browser refused to copy");
}

/** @param {HTMLButtonElement} button */
export default function copy(button) {
  button.addEventListener("click", async () => {
    const text = button.dataset.copy ?? "";
    try {
      if (navigator.clipboard) await navigator.clipboard.writeText(text);
      else copyBySelection(text);
    } catch {
      return announce(document.body.dataset.saidFailed);
    }
    const use = button.querySelector("use");
    const before = use?.getAttribute("href") ?? "";
    use?.setAttribute("href", before.replace(/#.*/, "#check"));
    announce(document.body.dataset.saidCopied);
    setTimeout(() => use?.setAttribute("href", before), 1500);
  });
}
