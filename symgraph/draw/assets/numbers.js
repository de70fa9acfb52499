/* Numbers as the Python side writes them. */
function even(text, exact) { /* halves go to even, as in Python; JavaScript rounds them away from zero */
  const rest = exact.slice(text.length + (text.includes(".") ? 0 : 1));
  return /^50*$/.test(rest) && Number(text.slice(-1)) % 2 ? exact.slice(0, text.length) : text;
}
const fixed = (v, d) => even(v.toFixed(d), v.toFixed(d + 60));
function general(v) { /* %.6g */
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  if (v === 0) return Object.is(v, -0) ? "-0" : "0";
  let [digits, e] = v.toExponential(5).split("e");
  digits = even(digits, v.toExponential(60).split("e")[0]);
  e = Number(e);
  const trim = t => t.includes(".") ? t.replace(/0+$/, "").replace(/\.$/, "") : t;
  if (e < -4 || e >= 6) return trim(digits) + "e" + (e < 0 ? "-" : "+") + String(Math.abs(e)).padStart(2, "0");
  return trim(fixed(v, 5 - e));
}
function shown(v, decimals) {
  let t;
  if (decimals === null) t = Math.abs(v) >= 0.005 && Math.abs(v) < 1e4 ? fixed(v, 2) : general(v);
  else {
    t = fixed(v, decimals);
    if (decimals) t = t.replace(/0+$/, "").replace(/\.$/, "");
  }
  if (t === "-0") t = "0";
  return t.replace(/-/g, "−");
}
function exactDecimals(values) {
  if (values.some(v => !Number.isFinite(v) || Math.abs(v) >= 1e6)) return null;
  for (let d = 0; d < 5; d++) if (values.every(v => Math.abs(v - Number(v.toFixed(d))) < 1e-9)) return d;
  return null;
}
