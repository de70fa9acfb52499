/* New input values: the graph is evaluated and differentiated again. An array is {s: shape, d: entries in row order}. */
const size = s => s.reduce((a, b) => a * b, 1);
const shapeOf = x => typeof x === "number" ? [] : x.s, entries = x => typeof x === "number" ? [x] : x.d;
const made = (s, d) => s.length ? { s, d } : d[0];
function strides(s, over) { /* steps through x for each axis of a result; 0 where x is repeated */
  const own = s.map((_, i) => size(s.slice(i + 1))), lead = over.length - s.length;
  return over.map((n, i) => i < lead || s[i - lead] === 1 && n !== 1 ? 0 : own[i - lead]);
}
function walk(s, steps, act) { /* calls act(k, offsets) for every entry of shape s */
  const at = s.map(() => 0), offset = steps.map(() => 0), n = size(s);
  for (let k = 0; k < n; k++) {
    act(k, offset);
    for (let i = s.length - 1; i >= 0; i--) {
      at[i]++;
      steps.forEach((t, j) => { offset[j] += t[i]; });
      if (at[i] < s[i]) break;
      steps.forEach((t, j) => { offset[j] -= t[i] * s[i]; });
      at[i] = 0;
    }
  }
}
function each(f, ...xs) { /* elementwise, with broadcasting */
  if (xs.every(x => typeof x === "number")) return f(...xs);
  const shapes = xs.map(shapeOf), rank = Math.max(...shapes.map(s => s.length));
  const out = Array.from({ length: rank }, (_, i) => shapes.reduce((n, s) => {
    const m = s[i - rank + s.length];
    return m === undefined || m === 1 ? n : m;
  }, 1));
  const d = new Array(size(out)), data = xs.map(entries);
  walk(out, shapes.map(s => strides(s, out)), (k, at) => { d[k] = f(...data.map((x, j) => x[at[j]])); });
  return made(out, d);
}
function fold(x, s, start, f) { /* joins the entries that broadcasting from shape s repeats */
  const from = shapeOf(x), d = new Array(size(s)).fill(start), data = entries(x);
  if (from.join() === s.join()) return x;
  walk(from, [strides(s, from)], (k, at) => { d[at[0]] = f(d[at[0]], data[k]); });
  return made(s, d);
}
const sumTo = (x, s) => fold(x, s, 0, (a, b) => a + b); /* adjoint of broadcasting */
const kept = (axes, s) => s.map((n, i) => axes.includes(i - s.length) ? 1 : n);
const left = (axes, s) => s.filter((_, i) => !axes.includes(i - s.length));
function soft(axes, x) { /* exp(x) over its sum along axes, and the logarithm of that sum */
  const s = kept(axes, shapeOf(x)), top = fold(x, s, -Infinity, Math.max), e = each((a, m) => Math.exp(a - m), x, top);
  const sum = sumTo(e, s);
  return { share: each((a, b) => a / b, e, sum), log: each((m, b) => m + Math.log(b), top, sum) };
}
function taken(places, s) { /* shape and offsets of entries taken by integers and (start, count, step) */
  const lead = s.length - places.length, out = [];
  let at = [0];
  s.forEach((n, i) => {
    const p = i < lead ? [0, n, 1] : places[i - lead], own = size(s.slice(i + 1));
    const js = typeof p === "number" ? [p] : Array.from({ length: p[1] }, (_, k) => p[0] + k * p[2]);
    if (typeof p !== "number") out.push(p[1]);
    at = at.flatMap(o => js.map(j => o + j * own));
  });
  return [out, at];
}
function contraction(subscripts, output, sizes, xs) { /* repeated indices read and write diagonals */
  const place = (index, s) => sizes.map((_, i) => index.reduce((t, j, k) => j === i ? t + size(s.slice(k + 1)) : t, 0));
  const out = output.map(i => sizes[i]), d = new Array(size(out)).fill(0), data = xs.map(entries);
  const steps = subscripts.map((index, j) => place(index, index.map(i => sizes[i])));
  walk(sizes, [...steps, place(output, out)], (k, at) => {
    d[at[at.length - 1]] += data.reduce((p, x, j) => p * x[at[j]], 1);
  });
  return made(out, d);
}
function forward(n, xs) {
  const f = ARRAYS[n.op];
  return f ? f[0](n.attrs, xs) : each(OPERATIONS[n.op][0], ...xs);
}
const some = x => entries(x).some(k => k !== 0);
function pull(n, i, y, xs, g, on) { /* what node n passes back to its argument i; `on` is 0 in branches not taken: they pass back 0 */
  const f = ARRAYS[n.op], chooses = CHOICES.has(n.op);
  if (f) return some(on) ? f[1](n.attrs, i, y, xs, g) : each(() => 0, xs[i]);
  return sumTo(each((up, used, v, ...a) => {
    const local = used ? OPERATIONS[n.op][1 + i](v, ...a) : 0;
    return !used || chooses && local === 0 ? 0 : local * up;
  }, g, on, y, ...xs), shapeOf(xs[i]));
}
function taking(n, i, y, xs, on) { /* where argument i is used by what is used of node n */
  if (n.op === "index") return ARRAYS.index[1](n.attrs, i, y, xs, on);
  if (ARRAYS[n.op]) return each(() => Number(some(on)), xs[i]);
  const chooses = CHOICES.has(n.op);
  return fold(each((used, v, ...a) => Number(used && !(chooses && OPERATIONS[n.op][1 + i](v, ...a) === 0)), on, y, ...xs),
    shapeOf(xs[i]), 0, Math.max);
}
class Adjoints { /* gradients of nodes, and where they lie on branches that were taken */
  constructor(output, seed) { this.g = [], this.on = []; this.g[output] = seed; this.on[output] = each(() => 1, seed); }
  hand(nodes, v, n, i) {
    const node = nodes[n], a = node.args[i], xs = node.args.map(k => v[k]), join = (f, p, q) => p === undefined ? q : each(f, p, q);
    const part = pull(node, i, v[n], xs, this.g[n], this.on[n]), earlier = this.g[a];
    const scalar = !shapeOf(v[n]).length && !shapeOf(xs[i]).length, local = scalar ? pull(node, i, v[n], xs, 1, this.on[n]) : 0;
    this.g[a] = join((p, q) => p + q, earlier, part);
    this.on[a] = join(Math.max, this.on[a], taking(node, i, v[n], xs, this.on[n]));
    return { local, part, earlier: earlier === undefined ? null : earlier, up: this.g[n], total: this.g[a] };
  }
}
function evaluate(nodes, given) {
  const v = [];
  for (const n of nodes) {
    v.push(n.value !== undefined ? n.value : n.input !== undefined ? given[n.input] : forward(n, n.args.map(a => v[a])));
  }
  return v;
}
function backward(nodes, v, output, seed) { /* gradients of all nodes of a composite's body */
  const adjoints = new Adjoints(output, seed);
  for (let k = output; k >= 0; k--) {
    if (adjoints.g[k] !== undefined && nodes[k].args) nodes[k].args.forEach((_, i) => adjoints.hand(nodes, v, k, i));
  }
  return adjoints.g;
}
function tangents(nodes, v, seed) { /* forward mode through scalar nodes; nothing where the seed does not reach */
  const t = [];
  nodes.forEach((n, k) => {
    const xs = (n.args || []).map(a => v[a]), parts = [];
    xs.forEach((_, i) => { if (t[n.args[i]] !== null) parts.push(pull(n, i, v[k], xs, t[n.args[i]], 1)); });
    t.push(n.args ? parts.length ? parts.reduce((p, q) => p + q) : null : n.input === seed ? 1 : null);
  });
  return t.map(x => x === null ? 0 : x);
}
function words(x, d) {
  const t = entries(x).map(v => shown(v, d)), s = shapeOf(x);
  if (!s.length) return t[0];
  if (s.length === 1) return "(" + t.join(", ") + ")";
  return "[" + Array.from({ length: s[0] }, (_, i) => t.slice(i * s[1], (i + 1) * s[1]).join(", ")).join("; ") + "]";
}
function recompute(given) {
  const E = D.edit, v = evaluate(E.nodes, given), adjoints = new Adjoints(E.output, 1), raw = [], alive = new Set([E.output]);
  for (const [n, i, scalar, chooses] of E.steps) {
    const told = adjoints.hand(E.nodes, v, n, i);
    told.lost = !alive.has(n) || chooses && (scalar ? told.local === 0 : !some(told.part) && some(told.up));
    if (!told.lost) alive.add(E.nodes[n].args[i]);
    raw.push(told);
  }
  const d = exactDecimals([...E.shown.map(i => v[i]), ...raw.flatMap(r => [r.total, r.part])].flatMap(entries));
  const t = x => words(x, d), cells = x => entries(x).map(y => shown(y, d));
  const told = E.told.map(([what, i, name, gate, rule, upstream]) => {
    if (what === "value") return { cells: cells(v[i]), part: null, text: name + " = " + t(v[i]), masked: name + " = ?" };
    if (what === "seed") return { cells: cells(1), part: null, text: name + " = " + t(1), masked: name + " = ?" };
    const r = raw[i], factor = rule ? "[rule " + rule + "] on" : "[local " + t(r.local) + "] ×";
    const head = "back through " + gate + ": " + factor + " [upstream " + upstream + t(r.up) + "]";
    const meet = r.earlier === null ? "" : "; branches meet: " + t(r.earlier) + " + " + t(r.part) + " = " + t(r.total);
    const text = head + " = " + t(r.part) + " → " + name + meet;
    return { cells: cells(r.total), part: cells(r.part), lost: r.lost, text, masked: head + " = ? → " + name };
  });
  return D.events.map((e, i) => Object.assign({}, e, told[i]));
}
function refreshTables(given) { /* their rows point to nodes of the first picture */
  const nodes = VIEWS[0].edit.nodes, v = evaluate(nodes, given);
  document.querySelectorAll("table[data-seed]").forEach(table => {
    const t = tangents(nodes, v, table.dataset.input);
    table.querySelectorAll("tbody tr").forEach(r => {
      const k = Number(r.dataset.node);
      r.cells[1].textContent = shown(v[k], null);
      r.cells[3].textContent = shown(t[k], null);
    });
  });
}
function parsed(text, s) { /* a number, (a, b) or [a, b; c, d]; null if it is none of these or has another shape */
  const plain = text.replace(/−/g, "-").trim().replace(/^[[(]|[\])]$/g, "");
  const rows = plain.split(";").map(r => r.split(",").map(c => c.trim() === "" ? NaN : Number(c)));
  const d = rows.flat(), columns = s.length > 1 ? s[1] : size(s);
  const fits = rows.length === (s.length > 1 ? s[0] : 1) && rows.every(r => r.length === columns);
  return fits && d.every(Number.isFinite) ? made(s, d) : null;
}
function useFields() { /* a picture that is not computed again shows the values that the page was made with */
  const fields = [...document.querySelectorAll("#inputs input")], free = fields.filter(f => !f.readOnly);
  for (const f of free) {
    if (!f.disabled) f.edited = f.value;
    f.disabled = !D.edit;
    f.value = D.edit ? f.edited : f.defaultValue;
  }
  if (!free.length) return;
  $("note").textContent = D.edit ? "" : "This picture keeps the values that the page was made with.";
  if (!D.edit) refreshTables(Object.fromEntries(free.map(f => [f.name, parsed(f.value, JSON.parse(f.dataset.shape))])));
  else if (D.told || free.some(f => f.value !== f.defaultValue)) edit();
}
function edit() {
  const given = {};
  let bad = "";
  document.querySelectorAll("#inputs input").forEach(f => {
    const s = JSON.parse(f.dataset.shape), x = parsed(f.value, s);
    given[f.name] = x;
    f.setAttribute("aria-invalid", x === null);
    if (x === null) bad = f.getAttribute("aria-label") + (s.length ? " needs " + size(s) + " numbers" : " is not a number");
  });
  $("note").textContent = bad;
  if (bad) return;
  D.told = events = recompute(given);
  refreshTables(given);
  show(step, true);
}
