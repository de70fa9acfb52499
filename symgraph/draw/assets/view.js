/* Moving through the picture: from node to node, zoom, and a view that follows the steps. */
/* --- walking: the picture is one stop of the Tab key; up and down arrows go from node to node --- */
const walkers = () => [...svg.querySelectorAll(".box[role]")].filter(g => g.getClientRects().length);
function makeStop(g) {
  if (!g) return;
  svg.querySelectorAll(".box[tabindex='0']").forEach(other => other.setAttribute("tabindex", "-1"));
  g.setAttribute("tabindex", "0");
}
function walkTo(by) {
  const list = walkers(), here = list.indexOf(document.activeElement);
  const g = list[here < 0 ? 0 : Math.max(0, Math.min(list.length - 1, here + by))];
  if (!g) return;
  g.focus({ preventScroll: true });
  reveal(g);
}
function settle() { /* the stop of the Tab key must be a visible node */
  const list = walkers();
  if (list.length && !list.some(g => g.getAttribute("tabindex") === "0")) makeStop(list[0]);
}

/* --- view ------------------------------------------------------------------------------- */
function fit() { /* shows everything that is not hidden */
  const b = svg.querySelector(".scene").getBBox(), hidden = svg.querySelector(".box.gone,.box.inside");
  full = hidden && b.width ? [b.x, b.y, b.width + 36, b.height + 36] : D.full;
  look(full);
  view = null;
}
function begin() { /* a picture far too small to read is entered where the last step happened, or at its output */
  if (scale() >= 0.3) return;
  look([0, 0, svg.clientWidth, svg.clientHeight]);
  const g = part("b", step ? events[step - 1].box : D.boxes.length - 1);
  if (g) reveal(g);
}
const scale = () => svg.clientWidth ? Math.min(svg.clientWidth / full[2], svg.clientHeight / full[3]) : 1;
function reveal(g) { /* moves the view if the element lies outside */
  const r = g.getBoundingClientRect(), s = svg.getBoundingClientRect();
  if (r.left >= s.left && r.right <= s.right && r.top >= s.top && r.bottom <= s.bottom) return;
  const p = at({ clientX: r.left + r.width / 2, clientY: r.top + r.height / 2 }), v = view || full;
  look([p[0] - v[2] / 2, p[1] - v[3] / 2, v[2], v[3]]);
}
let whole = false; /* the reader asked for the whole picture, however small */
function follow() { /* shows where the last step happened; a picture too small to read is enlarged first */
  const g = step && part("b", events[step - 1].box);
  if (!g) return;
  if (!view && !whole && scale() < 0.8) look([0, 0, svg.clientWidth, svg.clientHeight]);
  if (view) reveal(g);
}
function look(v) { view = v; svg.setAttribute("viewBox", v.map(n => n.toFixed(1)).join(" ")); }
function zoom(by, x, y) {
  const v = view || full, cx = x === undefined ? v[0] + v[2] / 2 : x, cy = y === undefined ? v[1] + v[3] / 2 : y;
  look([cx - (cx - v[0]) * by, cy - (cy - v[1]) * by, v[2] * by, v[3] * by]);
}
function at(e) {
  const p = new DOMPoint(e.clientX, e.clientY).matrixTransform(svg.getScreenCTM().inverse());
  return [p.x, p.y];
}
let drag = null;
window.addEventListener("pointermove", e => {
  if (!drag) return;
  const p = at(e), v = view || full;
  look([v[0] + drag[0] - p[0], v[1] + drag[1] - p[1], v[2], v[3]]);
});
window.addEventListener("pointerup", () => { drag = null; });
