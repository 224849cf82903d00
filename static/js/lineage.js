/** The lineage explorer: keys walk along the lines, the panel follows the choice, the graph pans and zooms. */
import { announce, bind } from "app";

const STEP = 1.25; // one press of + or -
const SMALLEST = 0.34; // below it no text can be read
const LARGEST = 2;
const OPENS_AT = 0.75; // never shrunk further to fit
const PAN_PX = 160;
const DRAG_PX = 4; // a shorter move is a click

/** @param {HTMLElement} root The element that holds graph and panel. */
export default function lineage(root) {
  root.addEventListener("click", (event) => {
    const target = event.target.closest("[data-panel]");
    if (!target || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    show(root, target.dataset.panel);
  });
  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !event.target.closest("#lineage-panel")) return;
    root.querySelector("[data-node][tabindex='0']")?.focus();
  });
  const region = root.querySelector(".canvas-scroll");
  if (!region) return;
  const view = new View(region, root.querySelector(".canvas-tools"));
  if (region.querySelector("[data-node]")) new Walk(root, region, view);
}

addEventListener("popstate", () => location.reload());

/** Fetches the page of a choice, takes its panel and marks; a page that fails is shown as a page. */
async function show(root, href, andFocus = false) {
  try {
    const answer = await fetch(href);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const panel = page.getElementById("lineage-panel");
    if (!answer.ok || !panel) throw new Error(String(answer.status));
    document.getElementById("lineage-panel").replaceWith(panel);
    bind(panel);
    for (const mark of ["selected", "on"]) copyMarks(root, page, mark);
    history.pushState(null, "", href);
    const chosen = panel.querySelector("#chosen");
    if (andFocus) (chosen?.querySelector("a") ?? chosen)?.focus();
    else announce(root.dataset.said.replace("%", chosen?.textContent ?? ""));
  } catch {
    location.assign(href);
  }
}

/** Gives every node and line the mark it has on the other page. */
function copyMarks(root, page, mark) {
  const name = (element) => element.dataset.node ?? `${element.dataset.from} ${element.dataset.to}`;
  const marked = new Set([...page.querySelectorAll(`.graph [data-${mark}]`)].map(name));
  for (const element of root.querySelectorAll(".graph [data-node], .graph [data-from]")) {
    element.toggleAttribute(`data-${mark}`, marked.has(name(element)));
  }
}

/** Size and place of the graph in its scroll region. */
class View {
  constructor(region, tools) {
    this.region = region;
    this.graph = region.querySelector(".graph");
    this.size = [this.graph.viewBox.baseVal.width, this.graph.viewBox.baseVal.height];
    this.reading = tools.querySelector("[data-zoom='0']");
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const { move, zoom } = event.target.closest("button")?.dataset ?? {};
      if (move) region.scrollBy(...move.split(" ").map((way) => way * PAN_PX));
      if (zoom) this.press(zoom);
    });
    region.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return;
      event.preventDefault();
      this.zoom(this.scale * Math.exp(-event.deltaY / 400));
    }, { passive: false });
    region.addEventListener("pointerdown", (event) => this.grab(event));
    const room = region.clientWidth - 16;
    this.zoom(Math.max(OPENS_AT, Math.min(1, room / this.size[0])));
    this.centre(region.querySelector("[data-selected]") ?? region.querySelector("[data-focus]"));
  }

  /** @param {string} key One of + - 0 */
  press(key) { this.zoom(key === "0" ? 1 : this.scale * (key === "+" ? STEP : 1 / STEP)); }

  /** Keeps what is in the middle in the middle. */
  zoom(scale) {
    const { region, graph, size, scale: before = 1 } = this;
    const middle = [region.scrollLeft + region.clientWidth / 2, region.scrollTop + region.clientHeight / 2];
    this.scale = Math.min(LARGEST, Math.max(SMALLEST, scale));
    graph.setAttribute("width", Math.round(size[0] * this.scale));
    graph.setAttribute("height", Math.round(size[1] * this.scale));
    const grown = this.scale / before;
    region.scrollTo(middle[0] * grown - region.clientWidth / 2, middle[1] * grown - region.clientHeight / 2);
    this.reading.textContent = `${Math.round(this.scale * 100)} %`;
  }

  centre(node) {
    if (!node) return;
    const [box, frame] = [node.getBoundingClientRect(), this.region.getBoundingClientRect()];
    this.region.scrollBy(
      box.left + box.width / 2 - frame.left - frame.width / 2,
      box.top + box.height / 2 - frame.top - frame.height / 2,
    );
  }

  /** Drags with the mouse; fingers scroll by themselves. */
  grab(down) {
    const { region } = this;
    if (down.button || down.pointerType !== "mouse") return;
    const from = [region.scrollLeft + down.clientX, region.scrollTop + down.clientY];
    const drag = (move) => {
      const far = Math.hypot(move.clientX - down.clientX, move.clientY - down.clientY);
      if (far > DRAG_PX) region.dataset.dragging = "";
      if ("dragging" in region.dataset) region.scrollTo(from[0] - move.clientX, from[1] - move.clientY);
    };
    const swallow = (click) => [click.preventDefault(), click.stopPropagation()];
    const drop = () => {
      document.removeEventListener("pointermove", drag);
      if (!("dragging" in region.dataset)) return;
      delete region.dataset.dragging;
      region.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => region.removeEventListener("click", swallow, { capture: true }));
    };
    document.addEventListener("pointermove", drag);
    document.addEventListener("pointerup", drop, { once: true });
    region.addEventListener("dragstart", (event) => event.preventDefault(), { once: true });
  }
}

/** One tab stop; arrows follow lines, up and down stay in the column. */
class Walk {
  constructor(root, region, view) {
    Object.assign(this, { root, view, trail: [], followed: new Map() });
    this.nodes = [...region.querySelectorAll("[data-node]")]; // in reading order
    this.byName = new Map(this.nodes.map((node) => [node.dataset.node, node]));
    this.lines = [...region.querySelectorAll("[data-from]")].map((line) => line.dataset);
    this.home = region.querySelector("[data-focus]") ?? this.nodes[0];
    this.stop(region.querySelector("[data-selected]") ?? this.home);
    region.addEventListener("focusin", (event) => {
      const node = event.target.closest("[data-node]");
      if (node) this.stop(node);
    });
    region.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const node = event.target.closest("[data-node]");
      if ("+-0".includes(event.key)) view.press(event.key);
      else if (!node || !this.press(node, event)) return;
      event.preventDefault();
    });
  }

  stop(node) { for (const other of this.nodes) other.setAttribute("tabindex", other === node ? 0 : -1); }

  /** @returns {boolean} Whether the key meant something here. */
  press(node, { key, shiftKey }) {
    if (key === "Enter" && shiftKey) {
      if (node.dataset.centre) location.assign(node.dataset.centre);
    } else if (key === "Enter") show(this.root, node.dataset.panel, true);
    else if (key === "Home") this.go(this.home, this.trail.splice(0));
    else if (key === "Escape") this.go(this.trail.pop()?.from);
    else if (key === "ArrowRight" || key === "ArrowLeft") this.follow(node, key === "ArrowRight");
    else if (key === "ArrowDown" || key === "ArrowUp") this.go(this.inColumn(node, key === "ArrowDown" ? 1 : -1));
    else return false;
    return true;
  }

  go(node) {
    node?.focus({ preventScroll: true });
    if (node) this.view.centre(node);
  }

  /** Along a line; back where one came from, and from a dead end to the next line of its source. */
  follow(node, down) {
    const last = this.trail.at(-1);
    if (last && last.to === node && last.down !== down) return this.go(this.trail.pop().from);
    const source = this.beside(node, down).length || last?.to !== node ? node : this.trail.pop().from;
    const ends = this.beside(source, down);
    if (!ends.length) return undefined;
    const key = `${source.dataset.node} ${down}`;
    const next = ((this.followed.get(key) ?? -1) + 1) % ends.length;
    this.followed.set(key, next);
    this.trail.push({ from: source, to: ends[next], down });
    return this.go(ends[next]);
  }

  /** Nodes one line away, in reading order. */
  beside(node, down) {
    const [near, far] = down ? ["from", "to"] : ["to", "from"];
    const names = new Set(this.lines.filter((line) => line[near] === node.dataset.node).map((line) => line[far]));
    return this.nodes.filter((other) => names.has(other.dataset.node));
  }

  inColumn(node, step) {
    const x = (other) => other.querySelector(".node").getAttribute("x");
    const column = this.nodes.filter((other) => x(other) === x(node));
    return column[column.indexOf(node) + step];
  }
}
