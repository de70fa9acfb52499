/* The first view is the graph as drawn; others have collapsed scopes or opened composites. */
const VIEWS = JSON.parse(document.getElementById("data").textContent).views;
const $ = id => document.getElementById(id), part = (kind, key) => $(D.prefix + kind + key);
let D, svg, all, events, users, args, leaving, full, view = null, step = 0, timer = 0, pending = false, chosen = null;
function enter(index) {
  D = VIEWS[index];
  document.querySelectorAll("#stage>div").forEach((stage, i) => { stage.hidden = i !== index; });
  svg = document.querySelectorAll("svg.symgraph")[index];
  all = D.events.length;
  events = D.told || D.events;
  users = D.boxes.map(() => []);
  args = D.boxes.map(() => []);
  leaving = D.boxes.map(() => []);
  for (const l of D.links) { users[l.source].push(l.target); args[l.target].push(l.source); leaving[l.source].push(l.key); }
  full = D.full;
  view = null;
  $("slider").max = all;
}

/* --- steps ------------------------------------------------------------------------------ */
function put(g, cells, fresh) {
  const state = (cells || []).join("|") + !!fresh;
  if (!g || g.shown === state) return; /* measuring is slow: what stays is left alone */
  g.shown = state;
  const texts = g.tagName === "text" ? [g] : g.querySelectorAll("text.value,text.gradient");
  texts.forEach((t, i) => {
    t.textContent = cells ? cells[i] : "·";
    t.classList.toggle("fresh", !!fresh);
    t.classList.toggle("unknown", !cells);
    t.removeAttribute("textLength");
    const room = Number(g.dataset.room || 0);
    if (room && t.getComputedTextLength && t.getComputedTextLength() > room) {
      t.setAttribute("textLength", room);
      t.setAttribute("lengthAdjust", "spacingAndGlyphs");
    }
  });
  const heat = g.querySelector(".heat");
  if (heat) heat.setAttribute("visibility", cells ? "visible" : "hidden");
}
function show(k, quiet) {
  step = Math.max(0, Math.min(all, k));
  const value = {}, gradient = {}, came = {}, lost = new Set();
  for (const e of events.slice(0, step)) {
    (e.kind === "value" ? value : gradient)[e.box] = e.cells;
    if (e.link !== null) came[e.link] = e.part;
    if (e.lost) lost.add(e.link);
  }
  const last = step ? events[step - 1] : null;
  for (const b of D.boxes) {
    put(part("v", b.key), value[b.key], last && last.kind === "value" && last.box === b.key);
    put(part("g", b.key), gradient[b.key], last && last.kind !== "value" && last.box === b.key);
  }
  for (const l of D.links) {
    const now = last && last.link === l.key;
    put(part("c", l.key), came[l.key], now);
    for (const line of [part("l", l.key), part("a", l.key)]) if (line) {
      line.classList.toggle("fresh", !!now);
      line.classList.toggle("lost", lost.has(l.key));
    }
  }
  for (const b of D.boxes) {
    const out = leaving[b.key];
    part("b", b.key).classList.toggle("lost", lost.size > 0 && out.length > 0 && out.every(k => lost.has(k)));
  }
  pending = false;
  $("guess").hidden = true;
  if (chosen === null && D.boxes.length) describe(last ? last.box : D.boxes.length - 1);
  say(last ? last.text : all ? "Nothing is computed yet. Press → for the first step." : "");
  $("count").textContent = step + " / " + all;
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", "step " + step + " of " + all);
  for (const b of D.boxes) {
    const told = [b.words, numbers("value", value[b.key]), numbers("gradient", gradient[b.key])].filter(Boolean).join(", ");
    if (told !== b.told) part("b", b.key).setAttribute("aria-label", b.told = told);
  }
  $("back").disabled = $("first").disabled = step === 0;
  $("next").disabled = $("last").disabled = step === all;
  if (!quiet && all && location.protocol !== "about:") history.replaceState(null, "", "#step=" + step);
}
const numbers = (what, cells) => cells && cells.length ? what + " " + cells.join(" ") : "";
function say(text) { $("sentence").textContent = text; }
function go(k) {
  show(k);
  follow();
}
function next() {
  if (step >= all) return stop();
  const e = events[step];
  const answer = (e.part || e.cells).map(read);
  if ($("predict").checked && !pending && answer.length) {
    pending = true;
    stop();
    say(e.masked);
    $("guess").hidden = false;
    $("guess").value = "";
    $("guess").placeholder = answer.length > 1 ? answer.length + " numbers" : "your guess";
    $("guess").focus();
    return;
  }
  const guess = pending ? $("guess").value.split(/[\s,;()[\]]+/).filter(Boolean).map(read) : [];
  go(step + 1);
  if (guess.length) say((guess.length === answer.length && guess.every((x, i) => close(x, answer[i])) ? "Right. " : "Not quite. ") + e.text);
}
function read(text) { /* a number; inf, nan, true and false stay words, and only the same word is close to a word */
  const plain = text.replace(/−/g, "-").replace(/∞|infinity/i, "inf").toLowerCase();
  return Number.isFinite(Number(plain)) ? Number(plain) : plain;
}
function close(guess, answer) { /* two in a hundred, or a unit of the second decimal where no more are shown */
  if (typeof guess === "string" || typeof answer === "string") return guess === answer;
  const size = Math.abs(answer);
  return Math.abs(guess - answer) <= Math.max(0.02 * size, size && size < 0.005 ? 0 : 0.01);
}
function stop() { clearInterval(timer); timer = 0; $("play").textContent = "Play"; }
function play() {
  if (timer) return stop();
  if (step === all) show(0);
  $("play").textContent = "Pause";
  timer = setInterval(() => step < all ? next() : stop(), matchMedia("(prefers-reduced-motion:reduce)").matches ? 2500 : 1100);
}

/* --- nodes ------------------------------------------------------------------------------ */
function reach(start, where) {
  const seen = new Set([start]), stack = [start];
  while (stack.length) for (const k of where[stack.pop()]) if (!seen.has(k)) { seen.add(k); stack.push(k); }
  return seen;
}
function select(key) {
  chosen = key;
  const keep = key === null ? null : new Set([...reach(key, args), ...reach(key, users)]);
  for (const b of D.boxes) {
    part("b", b.key).classList.toggle("dim", !!keep && !keep.has(b.key));
    part("b", b.key).classList.toggle("chosen", b.key === key);
    part("b", b.key).setAttribute("aria-pressed", b.key === key);
  }
  const dim = (e, no) => { if (e) e.classList.toggle("dim", no); };
  for (const l of D.links) for (const kind of "lac") dim(part(kind, l.key), !!keep && !(keep.has(l.source) && keep.has(l.target)));
  for (const b of D.boxes) if (b.twin !== undefined) dim(part("t", b.key), !!keep && !(keep.has(b.key) && keep.has(b.twin)));
  document.querySelectorAll("tr[data-key]").forEach(r => r.classList.toggle("chosen", Number(r.dataset.key) === key));
  if (key !== null) describe(key);
}
const partners = key => D.boxes.filter(o => o.key === D.boxes[key].twin || o.exact && o.twin === key);
function point(key, on) { /* marks a node's twins while the pointer or the focus is on it */
  for (const o of partners(key)) part("b", o.key).classList.toggle("partner", on);
  if (on) describe(key);
}
function describe(key) {
  const b = D.boxes[key], twin = b.twin === undefined ? "" : D.boxes[b.twin].name;
  const adjoint = partners(key).filter(o => o.twin === key).map(o => o.name).join(", ");
  $("formula").replaceChildren();
  if (b.math) $("formula").append(math(b.math));
  const facts = [["text", b.text], ["type", b.type], ["from", b.source], ["derivative at", twin], ["adjoint", adjoint], ["scope", b.scope], ["pattern", b.badge]];
  $("facts").replaceChildren(...facts.filter(f => f[1]).flatMap(([name, text]) => {
    const dt = document.createElement("dt"), dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = text;
    return [dt, dd];
  }));
}
function math(tree) { /* [tag, children or text] becomes MathML; nothing is parsed */
  const e = document.createElementNS("http://www.w3.org/1998/Math/MathML", tree[0]);
  if (typeof tree[1] === "string") e.textContent = tree[1];
  else tree[1].forEach(c => e.append(math(c)));
  if (tree[0] === "math") e.setAttribute("displaystyle", "true");
  return e;
}
function prepare(index) {
  enter(index);
  for (const b of D.boxes) {
    const g = part("b", b.key);
    g.setAttribute("tabindex", b.key ? "-1" : "0");
    g.setAttribute("role", "button");
    g.setAttribute("aria-pressed", "false");
    b.words = [b.kind, b.text.startsWith(b.name + " =") || b.text === b.name ? "" : b.name, b.text].filter(Boolean).join(", ");
    g.addEventListener("click", e => { e.stopPropagation(); select(b.key); });
    for (const [event, on] of [["mouseenter", true], ["focus", true], ["mouseleave", false], ["blur", false]])
      g.addEventListener(event, () => point(b.key, on));
  }
  prepareClusters();
  const box = svg.viewBox.baseVal;
  D.full = [box.x, box.y, box.width, box.height];
  svg.removeAttribute("width");
  svg.removeAttribute("height");
  svg.addEventListener("wheel", e => { e.preventDefault(); zoom(e.deltaY > 0 ? 1.12 : 0.89, ...at(e)); }, { passive: false });
  svg.addEventListener("pointerdown", e => { drag = at(e); });
  svg.addEventListener("dblclick", fit);
  svg.parentNode.addEventListener("focusin", e => makeStop(e.target.closest(".box")));
  svg.addEventListener("click", () => select(null));
}
function change(name) { /* shows the picture of that name, or the graph itself */
  stop();
  select(null);
  const index = Math.max(0, VIEWS.findIndex(v => v.name === name)), before = step === all;
  document.querySelectorAll(".other").forEach(c => { c.checked = c.id === VIEWS[index].name; });
  enter(index);
  step = before ? all : Math.min(step, all);
  useFields();
  show(step);
  bands();
  search();
  begin();
}
function search() {
  const text = $("search").value.toLowerCase();
  const found = text ? D.boxes.filter(b => [b.name, b.label, b.text].some(t => t.toLowerCase().includes(text))) : [];
  for (const b of D.boxes) part("b", b.key).classList.toggle("found", found.includes(b));
  $("found").textContent = text ? found.length + " found" : "";
  return found;
}
function bands() { /* shows the orders of derivatives that are ticked */
  const on = new Set([...document.querySelectorAll(".band:checked")].map(c => Number(c.dataset.order)));
  const gone = k => !on.has(D.boxes[k].order), hide = (e, no) => { if (e) e.classList.toggle("gone", no); };
  for (const b of D.boxes) {
    hide(part("b", b.key), gone(b.key));
    if (b.twin !== undefined) hide(part("t", b.key), gone(b.key) || gone(b.twin));
  }
  for (const l of D.links) for (const kind of "lac") hide(part(kind, l.key), gone(l.source) || gone(l.target));
  D.clusters.forEach((c, i) => hide(part("s", i), gone(c.boxes[0])));
  settle();
  if (!view) fit();
}
function toggleDerivatives() {
  const all = [...document.querySelectorAll(".band:not([data-order='0'])")], on = !all.some(c => c.checked);
  for (const c of all) c.checked = on;
  bands();
}

/* --- keys and buttons ------------------------------------------------------------------- */
const press = { next, back: () => go(step - 1), first: () => go(0), last: () => go(all), play, fit: () => { whole = true; fit(); },
  larger: () => zoom(0.8), smaller: () => zoom(1.25) };
for (const [id, act] of Object.entries(press)) $(id).addEventListener("click", act);
$("slider").addEventListener("input", () => go(Number($("slider").value)));
$("search").addEventListener("input", search);
$("search").addEventListener("keydown", e => {
  if (e.key === "Enter") { /* the next one that was found */
    const f = search(), next = f[(f.findIndex(b => b.key === chosen) + 1) % f.length];
    if (next) { select(next.key); part("b", next.key).focus({ preventScroll: true }); reveal(part("b", next.key)); }
  }
  if (e.key === "Escape") { $("search").value = ""; search(); $("search").blur(); }
});
$("guess").addEventListener("keydown", e => { if (e.key === "Enter") next(); });
document.querySelectorAll(".other").forEach(c => c.addEventListener("change", () => change(c.checked ? c.id : "")));
document.querySelectorAll(".band").forEach(c => c.addEventListener("change", bands));
document.querySelectorAll("#inputs input").forEach(f => f.addEventListener("input", edit));
document.querySelectorAll("tr[data-key]").forEach(r => {
  r.addEventListener("click", () => { if (D === VIEWS[0]) { select(Number(r.dataset.key)); reveal(part("b", r.dataset.key)); } });
  for (const [event, on] of [["mouseenter", true], ["focusin", true], ["mouseleave", false], ["focusout", false]])
    r.addEventListener(event, () => D === VIEWS[0] && part("b", r.dataset.key).classList.toggle("found", on));
});
if ($("seed")) $("seed").addEventListener("change", () => document.querySelectorAll("table[data-seed]").forEach(t => { t.hidden = t.dataset.seed !== $("seed").value; }));
const keys = { ArrowRight: next, ArrowUp: () => walkTo(-1), ArrowDown: () => walkTo(1), ArrowLeft: press.back, Home: press.first, End: press.last, " ": play, f: press.fit, "+": press.larger,
  "-": press.smaller, "/": () => $("search").focus(), Escape: () => select(null), p: () => $("predict").click(),
  d: toggleDerivatives, c: () => ($("collapse") || $("whole"))?.click(), o: () => $("open")?.click(), "?": () => { $("help").open = !$("help").open; } };
document.addEventListener("keydown", e => {
  if (e.ctrlKey || e.metaKey || e.altKey) return;
  const field = e.target.matches("input:not([type=checkbox]),select");
  if (field || (e.key === " " && e.target.matches("button,summary,input"))) return;
  const box = e.target.closest && e.target.closest(".box");
  if (box && (e.key === "Enter" || e.key === " ")) { e.preventDefault(); return box.dataset.key === undefined ? box.dispatchEvent(new Event("click")) : select(Number(box.dataset.key)); }
  if (/^Arrow(Up|Down)$/.test(e.key) && e.target !== document.body && !svg.contains(e.target)) return;
  if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
});
window.addEventListener("hashchange", fromLink);
function fromLink() {
  const m = /^#step=(\d+)$/.exec(location.hash);
  show(m ? Number(m[1]) : all, !m);
}
VIEWS.forEach((_, i) => prepare(i));
enter(0);
fromLink();
begin();
