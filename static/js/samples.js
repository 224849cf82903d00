/** Code in several languages: the chosen one is shown, the others are hidden. */

/** @param {HTMLElement} card */
export default function samples(card) {
  const links = [...card.querySelectorAll(".segments a")];
  const show = (chosen) => {
    for (const link of links) {
      const block = card.querySelector(link.getAttribute("href"));
      if (block) block.hidden = link !== chosen;
      if (link === chosen) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  for (const link of links) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      show(link);
    });
  }
  show(links.find((link) => link.getAttribute("href") === location.hash) ?? links[0]);
}
