// The arithmetic of covering and seeking: pure functions on numbers and typed arrays, no DOM. The
// same formulas and constants as kdlab/insight/modes.py and modes_fit.py; the tests hold these here
// against those. lab: the constants, from Python. mixture: {weight, distance, width}; student:
// {mean, sigma}. Natural logarithms (nats).

const ROOT = Math.sqrt(2 * Math.PI);

// `points` even places from -end to end.
const lineOf = (end, points) => Float64Array.from({ length: points }, (_, i) => -end + (2 * end * i) / (points - 1));

function logGaussian(x, { mean, sigma }) {
  const top = Math.log(sigma * ROOT);
  return x.map((v) => -0.5 * ((v - mean) / sigma) ** 2 - top);
}

// log(exp(a) + exp(b)); one of the two may be minus infinity.
const logAdd = (a, b) => (a > b ? a + Math.log1p(Math.exp(b - a)) : b + Math.log1p(Math.exp(a - b)));

function logMixture(x, { weight, distance, width }) {
  const [left, right] = [-1, 1].map((side) => logGaussian(x, { mean: (side * distance) / 2, sigma: width }));
  const [ofLeft, ofRight] = [Math.log(weight), Math.log(1 - weight)];
  return x.map((_, i) => logAdd(left[i] + ofLeft, right[i] + ofRight));
}

// A divergence between exp(logP) and exp(logQ), on a line in steps of `step`. Into `pull`, where
// there is one, goes its derivative by log q at each point.
function divergenceOf(name, logP, logQ, step, parameter, pull = null) {
  if (name === "total-variation") return totalVariation(logP, logQ, step, pull);
  const share = parameter;
  const [ofP, ofQ] = [Math.log(share), Math.log(1 - share)];
  let total = 0;
  for (let i = 0; i < logP.length; i++) {
    const [lp, lq] = [logP[i], logQ[i]];
    let own; // the derivative by log q
    if (name === "soft-targets") {
      const p = Math.exp(lp);
      total += p * (lp - lq);
      own = -p;
    } else if (name === "reverse-kl") {
      const q = Math.exp(lq);
      total += q * (lq - lp);
      own = q * (lq - lp + 1);
    } else {
      const lm = logAdd(lp + ofP, lq + ofQ);
      const p = Math.exp(lp);
      if (name === "jsd") {
        const q = Math.exp(lq);
        total += share * p * (lp - lm) + (1 - share) * q * (lq - lm);
        own = (1 - share) * q * (lq - lm);
      } else {
        total += p * (lp - lm);
        own = -(1 - share) * Math.exp(lp + lq - lm);
      }
    }
    if (pull) pull[i] = own * step;
  }
  return total * step;
}

// Half the integral of |p - q|; where the two cross, that of the straight line between two points.
function totalVariation(logP, logQ, step, pull) {
  let total = 0;
  let before = 0;
  for (let i = 0; i < logP.length; i++) {
    const q = Math.exp(logQ[i]);
    const apart = q - Math.exp(logP[i]);
    total += Math.abs(apart);
    let share = 1; // of the slope of this point: less beside a crossing
    if (before * apart < 0) {
      const [left, right] = [Math.abs(before), Math.abs(apart)];
      total -= (left * right) / (left + right);
      share = 1 - (left / (left + right)) ** 2;
      if (pull) pull[i - 1] *= 1 - (right / (left + right)) ** 2;
    }
    if (pull) pull[i] = (Math.sign(apart) * q * share * step) / 2;
    before = apart;
  }
  return (total * step) / 2;
}

// [divergence, its derivative by the mean, by log sigma].
function divergenceSlope(name, x, logP, student, parameter) {
  const { mean, sigma } = student;
  const pull = new Float64Array(x.length);
  const value = divergenceOf(name, logP, logGaussian(x, student), x[1] - x[0], parameter, pull);
  let [byMean, byLog] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    const z = (x[i] - mean) / sigma;
    byMean += pull[i] * z;
    byLog += pull[i] * (z * z - 1);
  }
  return [value, byMean / sigma, byLog];
}

// All divergences of the list, in its order; never below 0, as rounding may leave them.
function allDivergences(lab, mixture, student, parameters) {
  const x = lineOf(lab.end, lab.points);
  const [logP, logQ] = [logMixture(x, mixture), logGaussian(x, student)];
  return lab.divergences.map(({ name, parameter }) => Math.max(0, divergenceOf(name, logP, logQ, x[1] - x[0], parameters[parameter] ?? 0)));
}

// What makes the curvature that of a KL divergence.
function scaleOf(name, parameter) {
  if (name === "jsd") return 1 / (parameter * (1 - parameter));
  return name === "skew-kl" ? 1 / (1 - parameter) ** 2 : 1;
}

// A way downhill along the natural gradient: {path, value, settled, lost}.
function descent(lab, name, mixture, start, parameter) {
  if (name === "jsd" && (parameter === 0 || parameter === 1)) return { path: [start], value: 0, settled: true, lost: true };
  const x = lineOf(lab.end, lab.points);
  const logP = logMixture(x, mixture);
  const found = downhill(lab, name, x, logP, start, parameter);
  const bounded = lab.divergences.find((each) => each.name === name).bounded;
  const apart = () => divergenceOf("total-variation", logP, logGaussian(x, found.path.at(-1)), x[1] - x[0], 0);
  return { ...found, lost: bounded && apart() > lab.apart };
}

function downhill(lab, name, x, logP, start, parameter) {
  const scale = scaleOf(name, parameter);
  const path = [start];
  let here = start;
  let reach = 1;
  let [value, byMean, byLog] = divergenceSlope(name, x, logP, here, parameter);
  for (let n = 0; n < lab.steps; n++) {
    const way = [-scale * byMean * here.sigma ** 2, (-scale * byLog) / 2];
    reach = Math.min(lab.longest, 2 * reach);
    let there, next;
    for (;;) {
      const short = Math.max((reach * Math.abs(way[0])) / lab.farthestMean, (reach * Math.abs(way[1])) / lab.farthestLog, 1);
      there = { mean: clamp(here.mean + (reach * way[0]) / short, ...lab.mean), sigma: clamp(here.sigma * Math.exp((reach * way[1]) / short), ...lab.sigma) };
      next = divergenceSlope(name, x, logP, there, parameter);
      const gain = byMean * (there.mean - here.mean) + byLog * Math.log(there.sigma / here.sigma);
      if (next[0] <= value + lab.enough * gain && gain < 0) break;
      reach /= 2;
      if (reach < 1e-6) return { path, value, settled: true };
    }
    const gained = scale * (value - next[0]);
    here = there;
    [value, byMean, byLog] = next;
    path.push(here);
    if (gained < lab.still) return { path, value, settled: true };
  }
  return { path, value, settled: false };
}

// The different ends of descents, the best first, without those that are lost or were cut off.
function distinctEnds(lab, descents) {
  const kept = [];
  for (const each of [...descents].sort((a, b) => a.value - b.value)) {
    const end = each.path.at(-1);
    const apart = (other) => Math.max(Math.abs(end.mean - other.mean), Math.abs(Math.log(end.sigma / other.sigma)));
    if (each.settled && !each.lost && kept.every((other) => apart(other.path.at(-1)) > lab.same)) kept.push(each);
  }
  return kept;
}
