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
    const g = part("s", i), region = g.querySelector(".region"), r = region.getBBox();
    Object.assign(c, { region, x: r.x + r.width / 2, y: r.y + r.height / 2, folded: false });
    const count = c.boxes.length + (c.boxes.length > 1 ? " nodes" : " node");
    const half = Math.min(Math.max(34, c.name.length * 5 + 14), Math.max(34, r.width / 2));
    c.half = half;
    const shape = { class: "shape", x: c.x - half, y: c.y - 20, width: 2 * half, height: 40, rx: 6 };
    g.append(element("rect", shape));
    g.append(element("text", { class: "label", x: c.x, y: c.y - 1 }, c.name));
    g.append(element("text", { class: "small muted", x: c.x, y: c.y + 13 }, count));
    const label = g.querySelector("text.label");
    if (label.getComputedTextLength() > 2 * half - 8) {
      label.setAttribute("textLength", 2 * half - 8);
      label.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
    g.setAttribute("tabindex", "-1");
    g.setAttribute("role", "button");
    g.setAttribute("aria-label", "group " + c.name + ", " + count);
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
    if (!l.d) Object.assign(l, { d: path.getAttribute("d"), tip: arrow && arrow.getAttribute("d") });
    path.classList.toggle("inside", !!a && a === b);
    if (arrow) arrow.classList.toggle("inside", !!a && a === b);
    if (number) number.classList.toggle("inside", !!(a || b));
    path.setAttribute("d", l.d);
    if (arrow) arrow.setAttribute("d", l.tip);
    if (a === b) continue;
    const points = outside(path, a, b), joint = p => `${p.x.toFixed(1)} ${p.y.toFixed(1)}`;
    let d = a ? bend(a, points[0], false) : "M" + joint(points[0]);
    d += points.slice(1).map(p => "L" + joint(p)).join("");
    if (b) d += bend(b, points[points.length - 1], true);
    path.setAttribute("d", d);
    if (arrow && b) arrow.setAttribute("d", tip(b, points[points.length - 1]));
  }
}
function outside(path, a, b) { /* the points of a path between the regions of two folded clusters */
  const n = path.getTotalLength(), points = [];
  for (let at = 0; at < n; at += 3) points.push(path.getPointAtLength(at));
  points.push(path.getPointAtLength(n));
  const within = (c, p) => c.region.isPointInFill(p), leaves = a ? points.findLastIndex(p => within(a, p)) : 0;
  const start = Math.max(0, leaves), enters = b ? points.findIndex((p, i) => i > start && within(b, p)) : -1;
  return points.slice(start, enters < 0 ? points.length : enters + 1);
}
function side(c, p) { /* where a link to or from p touches a folded box: its middle on the side that looks at p */
  const flat = Math.abs(p.x - c.x) / c.half >= Math.abs(p.y - c.y) / 20, x = Math.sign(p.x - c.x) || 1, y = Math.sign(p.y - c.y) || 1;
  return flat ? { x: c.x + x * c.half, y: c.y, dx: x, dy: 0 } : { x: c.x, y: c.y + y * 20, dx: 0, dy: y };
}
function bend(c, p, arrives) { /* a curve between a folded box and a point on the rim of its region */
  const e = side(c, p), middle = e.dx ? [(e.x + p.x) / 2, e.y, (e.x + p.x) / 2, p.y] : [e.x, (e.y + p.y) / 2, p.x, (e.y + p.y) / 2];
  const [x0, y0, x1, y1] = middle;
  return arrives ? `C${x1} ${y1} ${x0} ${y0} ${e.x} ${e.y}` : `M${e.x} ${e.y}C${x0} ${y0} ${x1} ${y1} ${p.x} ${p.y}`;
}
function tip(c, p) {
  const e = side(c, p);
  return e.dx ? `M${e.x} ${e.y}l${e.dx * 7} -3.5v7z` : `M${e.x} ${e.y}l-3.5 ${e.dy * 7}h7z`;
}
