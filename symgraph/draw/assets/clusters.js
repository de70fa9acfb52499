/* Regions of scopes and opened composites fold into one box at their middle, and open again; nothing else moves. */
const SVG = "http://www.w3.org/2000/svg";
function element(tag, attributes, text) {
  const e = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) e.setAttribute(name, value);
  if (text) e.textContent = text;
  return e;
}
function prepareClusters() {
  D.clusters.forEach((c, i) => {
    const g = part("s", i), r = g.querySelector(".region").getBBox();
    Object.assign(c, { x: r.x + r.width / 2, y: r.y + r.height / 2, folded: false });
    const half = Math.min(Math.max(34, c.name.length * 5 + 14), Math.max(34, r.width / 2));
    c.half = half;
    const shape = { class: "shape", x: c.x - half, y: c.y - 20, width: 2 * half, height: 40, rx: 6 };
    g.append(element("rect", shape));
    g.append(element("text", { class: "label", x: c.x, y: c.y - 1 }, c.name));
    g.append(element("text", { class: "small muted", x: c.x, y: c.y + 13 }, c.boxes.length + " nodes"));
    const label = g.querySelector("text.label");
    if (label.getComputedTextLength() > 2 * half - 8) {
      label.setAttribute("textLength", 2 * half - 8);
      label.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
    g.setAttribute("tabindex", "-1");
    g.setAttribute("role", "button");
    g.setAttribute("aria-label", "group " + c.name + ", " + c.boxes.length + " nodes");
    g.setAttribute("aria-expanded", "true");
    g.addEventListener("click", e => { e.stopPropagation(); foldCluster(c); });
  });
}
function foldCluster(c) {
  c.folded = !c.folded;
  const g = part("s", D.clusters.indexOf(c));
  g.classList.toggle("folded", c.folded);
  g.setAttribute("aria-expanded", String(!c.folded));
  route();
  settle();
}
function route() { /* hides what is inside folded clusters and leads links to their boxes */
  const home = D.boxes.map(() => null);
  for (const c of D.clusters) if (c.folded) for (const k of c.boxes) home[k] = c;
  for (const b of D.boxes) {
    part("b", b.key).classList.toggle("inside", !!home[b.key]);
    if (part("t", b.key)) part("t", b.key).classList.toggle("inside", !!(home[b.key] || home[b.twin]));
  }
  for (const l of D.links) {
    const path = part("l", l.key), arrow = part("a", l.key), number = part("c", l.key), a = home[l.source], b = home[l.target];
    if (!path) continue;
    if (!l.d) Object.assign(l, ends(path), { d: path.getAttribute("d"), tip: arrow && arrow.getAttribute("d") });
    path.classList.toggle("inside", !!a && a === b);
    if (arrow) arrow.classList.toggle("inside", !!a && a === b);
    if (number) number.classList.toggle("inside", !!(a || b));
    if (a === b) { path.setAttribute("d", l.d); if (arrow) arrow.setAttribute("d", l.tip); continue; }
    const to = b ? b.x : l.to.x, way = to >= (a ? a.x : l.from.x) ? 1 : -1;
    const start = a ? { x: a.x + way * a.half, y: a.y } : l.from, end = b ? { x: b.x - way * b.half, y: b.y } : l.to;
    const past = !a && /^M\S+ \S+H(-?[\d.]+)/.exec(l.d), bend = past && way * (end.x - past[1]) > 24 ? Number(past[1]) : start.x;
    const middle = (bend + end.x) / 2; /* first past the numbers of its source */
    path.setAttribute("d", `M${start.x} ${start.y}H${bend}C${middle} ${start.y} ${middle} ${end.y} ${end.x} ${end.y}`);
    if (arrow) arrow.setAttribute("d", b ? `M${end.x} ${end.y}l${-way * 7} -3.5v7z` : l.tip);
  }
}
function ends(path) { return { from: path.getPointAtLength(0), to: path.getPointAtLength(path.getTotalLength()) }; }
