/** Moves the focus to an element once: the summary of a refused form. */

/** @param {HTMLElement} element */
export default function focus(element) {
  element.focus();
}
