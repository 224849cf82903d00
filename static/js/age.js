/** Keeps relative times true: <time data-age datetime> is worded anew every 30 s. */

export const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
const WEEK_SECONDS = 7 * 86400;

/** @param {number} seconds Whole, not negative. @returns {string} At most two units. */
export function duration(seconds) {
  const position = UNITS.findIndex(([size]) => seconds >= size);
  if (position < 0) return "0 s";
  const [size, unit] = UNITS[position];
  const count = Math.floor(seconds / size);
  const smaller = UNITS[position + 1];
  const rest = smaller ? Math.floor((seconds % size) / smaller[0]) : 0;
  return rest && count < 10 ? `${count} ${unit} ${rest} ${smaller[1]}` : `${count} ${unit}`;
}

/** @param {number} seconds @returns {string} As ages are said: without seconds from a minute on. */
function coarse(seconds) {
  return duration(seconds >= 60 ? seconds - (seconds % 60) : seconds);
}

/** @param {ParentNode} root */
function reword(root) {
  for (const element of root.querySelectorAll("time[data-age]")) {
    const seconds = Math.floor((Date.now() - Date.parse(element.dateTime)) / 1000);
    if (seconds >= 1 && seconds < WEEK_SECONDS) element.textContent = `${coarse(seconds)} ago`;
  }
}

/** @param {ParentNode} root */
export default function age(root) {
  setInterval(() => { if (!document.hidden) reword(root); }, 30_000);
}
