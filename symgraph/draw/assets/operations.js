"use strict";
/* Elementary operations for editing values in the page: value, then one derivative per argument (y is the value). */
const CHOICES = new Set(["maximum", "minimum"]);
const larger = (a, b) => a > b ? 1 : a < b ? 0 : a === b ? 0.5 : NaN;
const power = (a, b) => a === 1 || b === 0 || a === -1 && Math.abs(b) === Infinity ? 1 : Math.pow(a, b);
const OPERATIONS = {
  add: [(a, b) => a + b, () => 1, () => 1],
  subtract: [(a, b) => a - b, () => 1, () => -1],
  multiply: [(a, b) => a * b, (y, a, b) => b, (y, a) => a],
  divide: [(a, b) => a / b, (y, a, b) => 1 / b, (y, a, b) => -y / b],
  negative: [a => -a, () => -1],
  power: [power, (y, a, b) => b === 0 ? 0 : b * power(a, b - 1), (y, a, b) => a === 0 && b > 0 ? 0 : y * Math.log(a)],
  exp: [Math.exp, y => y],
  expm1: [Math.expm1, (y, a) => Math.exp(a)],
  log: [Math.log, (y, a) => 1 / a],
  log1p: [Math.log1p, (y, a) => 1 / (1 + a)],
  sqrt: [Math.sqrt, y => 0.5 / y],
  sin: [Math.sin, (y, a) => Math.cos(a)],
  cos: [Math.cos, (y, a) => -Math.sin(a)],
  tan: [Math.tan, y => 1 + y * y],
  sinh: [Math.sinh, (y, a) => Math.cosh(a)],
  cosh: [Math.cosh, (y, a) => Math.sinh(a)],
  tanh: [Math.tanh, (y, a) => (1 / Math.cosh(a)) ** 2],
  arctan: [Math.atan, (y, a) => 1 / (1 + a * a)],
  sigmoid: [a => a < 0 ? Math.exp(a) / (1 + Math.exp(a)) : 1 / (1 + Math.exp(-a)),
    (y, a) => Math.exp(-Math.abs(a)) / (1 + Math.exp(-Math.abs(a))) ** 2],
  softplus: [a => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), (y, a) => 1 / (1 + Math.exp(-a))],
  maximum: [Math.max, (y, a, b) => larger(a, b), (y, a, b) => larger(b, a)],
  minimum: [Math.min, (y, a, b) => larger(b, a), (y, a, b) => larger(a, b)],
  absolute: [Math.abs, (y, a) => Math.sign(a)],
  exp2: [a => Math.pow(2, a), y => y * Math.LN2],
  log2: [Math.log2, (y, a) => 1 / (a * Math.LN2)],
  log10: [Math.log10, (y, a) => 1 / (a * Math.LN10)],
  cbrt: [Math.cbrt, y => 1 / (3 * y * y)],
  arcsin: [Math.asin, (y, a) => 1 / Math.sqrt((1 - a) * (1 + a))],
  arccos: [Math.acos, (y, a) => -1 / Math.sqrt((1 - a) * (1 + a))],
  arcsinh: [Math.asinh, (y, a) => 1 / Math.hypot(1, a)],
  arccosh: [Math.acosh, (y, a) => 1 / (Math.sqrt(a - 1) * Math.sqrt(a + 1))],
  arctanh: [Math.atanh, (y, a) => Math.abs(a) > 1 ? NaN : 1 / ((1 - a) * (1 + a))],
  sech: [a => 1 / Math.cosh(a), (y, a) => -y * Math.tanh(a)],
  logcosh: [a => Math.abs(a) < 1 ? Math.log1p(2 * Math.sinh(a / 2) ** 2)
    : Math.abs(a) + Math.log1p(Math.exp(-2 * Math.abs(a))) - Math.LN2, (y, a) => Math.tanh(a)],
  logit: [a => Math.log(a / (1 - a)), (y, a) => 1 / (a * (1 - a))],
  hypot: [Math.hypot, (y, a) => y === 0 ? 0 : a / y, (y, a, b) => y === 0 ? 0 : b / y],
  arctan2: [Math.atan2, (y, a, b) => b / Math.hypot(a, b) / Math.hypot(a, b), (y, a, b) => -a / Math.hypot(a, b) / Math.hypot(a, b)],
  logaddexp: [(a, b) => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))),
    (y, a, b) => 1 / (1 + Math.exp(b - a)), (y, a, b) => 1 / (1 + Math.exp(a - b))],
  square_difference: [(a, b) => (a - b) * (a + b), (y, a) => 2 * a, (y, a, b) => -2 * b],
  exp_difference: [(a, b) => a === b && Number.isFinite(a) ? 0 : a > b ? -Math.exp(a) * Math.expm1(b - a) : Math.exp(b) * Math.expm1(a - b), (y, a) => Math.exp(a), (y, a, b) => -Math.exp(b)],
  one_minus_square: [a => Math.abs(a) <= 1 ? (1 - a) * (1 + a) : NaN, (y, a) => -2 * a],
};
/* Operations on whole arrays: value, and what flows back to argument i. */
const ARRAYS = {
  contract: [([subscripts, output, sizes], xs) => contraction(subscripts, output, sizes, xs),
    ([subscripts, output, sizes], i, y, xs, g) => contraction(
      [...subscripts.filter((_, k) => k !== i), output], subscripts[i], sizes, [...xs.filter((_, k) => k !== i), g])],
  norm2: [([axes], [x]) => {
    const s = shapeOf(x);
    return made(left(axes, s), entries(fold(each(Math.abs, x), kept(axes, s), 0, (p, q) => Number.isNaN(p + q) ? NaN : Math.hypot(p, q))));
  }, ([axes], i, y, [x], g) => {
    const s = kept(axes, shapeOf(x));
    return each((a, n, c) => n === 0 ? a * 0 : a / n * c, x, made(s, entries(y)), made(s, entries(g)));
  }],
  softmax: [([axes], [x]) => soft(axes, x).share, ([axes], i, y, [x], g) => {
    const inner = sumTo(each((a, b) => a * b, y, g), kept(axes, shapeOf(x)));
    return each((a, b, c) => a * (b - c), y, g, inner);
  }],
  log_softmax: [([axes], [x]) => each((a, b) => a - b, x, soft(axes, x).log), ([axes], i, y, [x], g) =>
    each((a, b, c) => b - Math.exp(a) * c, y, g, sumTo(g, kept(axes, shapeOf(x))))],
  logsumexp: [([axes], [x]) => made(left(axes, shapeOf(x)), entries(soft(axes, x).log)), ([axes], i, y, [x], g) =>
    each((a, b) => a * b, soft(axes, x).share, made(kept(axes, shapeOf(x)), entries(g)))],
  index: [([places], [x]) => {
    const [s, at] = taken(places, shapeOf(x));
    return made(s, at.map(k => entries(x)[k]));
  }, ([places], i, y, [x], g) => {
    const d = new Array(size(shapeOf(x))).fill(0);
    taken(places, shapeOf(x))[1].forEach((k, j) => { d[k] += entries(g)[j]; });
    return made(shapeOf(x), d);
  }],
  call: [([body], xs) => evaluate(body.nodes, xs)[body.output],
    ([body], i, y, xs, g) => backward(body.nodes, evaluate(body.nodes, xs), body.output, g)[body.inputs[i]] ?? each(a => a * 0, xs[i])],
};
