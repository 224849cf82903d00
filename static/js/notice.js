/** Following a notification marks it read; the request outlives the page. */

/** @param {HTMLElement} row */
export default function notice(row) {
  const form = row.querySelector("form[data-read]");
  if (!form) return;
  const mark = () => {
    const body = new FormData(form);
    body.set("quiet", "1");
    fetch(form.action, { method: "POST", body, keepalive: true }).catch(() => {}); // it stays unread, no more
  };
  const name = row.querySelector("a[href]");
  name.addEventListener("click", mark);
  name.addEventListener("auxclick", mark);
}
