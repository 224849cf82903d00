/** Keys: / and Ctrl K find, g + letter go, ? help. Never while somebody types. */

const PLACES = { h: "/", c: "/search", s: "/streams", p: "/promises", r: "/governance/inbox" };
const SECOND_KEY_MS = 1200;

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input:not([type=checkbox], [type=radio]), textarea, select"));
}

/** @param {HTMLFormElement} form The search form of the head. */
export default function shortcuts(form) {
  const input = form.querySelector("input[type=search]");
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return input.select();
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    if (event.key === "/") {
      event.preventDefault();
      return input.focus();
    }
    if (event.key === "?") return document.getElementById("help")?.showModal();
    if (event.key === "g") {
      going = Date.now();
      return undefined;
    }
    const soon = Date.now() - going < SECOND_KEY_MS;
    going = 0;
    if (soon && Object.hasOwn(PLACES, event.key)) location.assign(PLACES[event.key]);
    return undefined;
  });
}
