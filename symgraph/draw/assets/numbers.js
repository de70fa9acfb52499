/* Numbers as the Python side writes them. */
function general(v) { /* %.6g */
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "nan" : v > 0 ? "inf" : "-inf";
  if (v === 0) return Object.is(v, -0) ? "-0" : "0";
  let [digits, e] = v.toExponential(5).split("e");
  e = Number(e);
  const trim = t => t.includes(".") ? t.replace(/0+$/, "").replace(/\.$/, "") : t;
  if (e < -4 || e >= 6) return trim(digits) + "e" + (e < 0 ? "-" : "+") + String(Math.abs(e)).padStart(2, "0");
  return trim(v.toFixed(5 - e));
}
function fixed2(v) { /* halves go to even, as in Python */
  const eighth = v * 8;
  if (Number.isInteger(eighth) && eighth % 2) {
    const low = Math.floor(v * 100);
    return ((low % 2 ? low + 1 : low) / 100).toFixed(2);
  }
  return v.toFixed(2);
}
function shown(v, decimals) {
  let t;
  if (decimals === null) t = Math.abs(v) >= 0.005 && Math.abs(v) < 1e4 ? fixed2(v) : general(v);
  else {
    t = v.toFixed(decimals);
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
