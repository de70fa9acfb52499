"use strict";
/* Elementary operations for editing values in the page: value, then one derivative per argument (y is the value). */
const OPERATIONS = {
  add: [(a, b) => a + b, () => 1, () => 1],
  subtract: [(a, b) => a - b, () => 1, () => -1],
  multiply: [(a, b) => a * b, (y, a, b) => b, (y, a) => a],
  divide: [(a, b) => a / b, (y, a, b) => 1 / b, (y, a, b) => -y / b],
  negative: [a => -a, () => -1],
  power: [(a, b) => Math.pow(a, b), (y, a, b) => b * Math.pow(a, b - 1), (y, a) => y * Math.log(a)],
  exp: [Math.exp, y => y],
  expm1: [Math.expm1, y => y + 1],
  log: [Math.log, (y, a) => 1 / a],
  log1p: [Math.log1p, (y, a) => 1 / (1 + a)],
  sqrt: [Math.sqrt, y => 0.5 / y],
  sin: [Math.sin, (y, a) => Math.cos(a)],
  cos: [Math.cos, (y, a) => -Math.sin(a)],
  tan: [Math.tan, y => 1 + y * y],
  sinh: [Math.sinh, (y, a) => Math.cosh(a)],
  cosh: [Math.cosh, (y, a) => Math.sinh(a)],
  tanh: [Math.tanh, y => 1 - y * y],
  arctan: [Math.atan, (y, a) => 1 / (1 + a * a)],
  sigmoid: [a => a < 0 ? Math.exp(a) / (1 + Math.exp(a)) : 1 / (1 + Math.exp(-a)), y => y * (1 - y)],
  softplus: [a => Math.max(a, 0) + Math.log1p(Math.exp(-Math.abs(a))), (y, a) => 1 / (1 + Math.exp(-a))],
  maximum: [Math.max, (y, a, b) => a > b ? 1 : a < b ? 0 : 0.5, (y, a, b) => b > a ? 1 : b < a ? 0 : 0.5],
  minimum: [Math.min, (y, a, b) => a < b ? 1 : a > b ? 0 : 0.5, (y, a, b) => b < a ? 1 : b > a ? 0 : 0.5],
  absolute: [Math.abs, (y, a) => Math.sign(a)],
};
/* Operations on whole arrays: value, and what flows back to argument i. */
const ARRAYS = {
  contract: [([subscripts, output, sizes], xs) => contraction(subscripts, output, sizes, xs),
    ([subscripts, output, sizes], i, y, xs, g) => contraction(
      [...subscripts.filter((_, k) => k !== i), output], subscripts[i], sizes, [...xs.filter((_, k) => k !== i), g])],
  norm2: [(_, [x]) => Math.hypot(...entries(x)), (_, i, y, [x], g) => each(a => y === 0 ? a * 0 : a / y * g, x)],
  call: [([body], xs) => evaluate(body.nodes, xs)[body.output],
    ([body], i, y, xs, g) => backward(body.nodes, evaluate(body.nodes, xs), body.output, g)[body.inputs[i]] ?? each(a => a * 0, xs[i])],
};
