// The arithmetic of the teaching components: pure functions on plain arrays, no DOM.
// The wrapper puts this text in front of each component's script; the tests run it in a browser
// and hold it against NumPy and PyTorch. Natural logarithms throughout (nats).
//
// z: C logits. T: temperature > 0. label: index of the true class.

// log softmax(z / T), stable for any size of logit: the largest is subtracted first.
function logSoftmax(z, T = 1) {
  const top = Math.max(...z);
  const shifted = z.map((v) => (v - top) / T);
  const logSum = Math.log(shifted.reduce((sum, v) => sum + Math.exp(v), 0));
  return shifted.map((v) => v - logSum);
}

// The soft targets softmax(z / T).
function softmax(z, T = 1) {
  return logSoftmax(z, T).map(Math.exp);
}

// Entropy of softmax(z / T), in nats; 0 for one-hot, log C for uniform.
function entropy(z, T = 1) {
  return logSoftmax(z, T).reduce((sum, logP) => sum - Math.exp(logP) * logP, 0);
}

// CE(y, z_s) at T = 1: the hard part of the loss.
function crossEntropy(zs, label) {
  return -logSoftmax(zs)[label];
}

// KL(softmax(z_t / T) || softmax(z_s / T)), without the factor T^2.
function klDivergence(zt, zs, T) {
  const logPt = logSoftmax(zt, T);
  const logPs = logSoftmax(zs, T);
  // Rounding can leave -1e-17 where the two agree: a divergence is never negative.
  return Math.max(0, logPt.reduce((sum, logP, i) => sum + Math.exp(logP) * (logP - logPs[i]), 0));
}

// The loss of the lab: {hard, kl, soft = T^2 kl, total = (1 - alpha) hard + alpha soft}.
function distillationLoss(zt, zs, label, alpha, T) {
  const hard = crossEntropy(zs, label);
  const kl = klDivergence(zt, zs, T);
  const soft = T * T * kl;
  return { hard, kl, soft, total: (1 - alpha) * hard + alpha * soft };
}

// d CE / d z_s = softmax(z_s) - y.
function hardGradient(zs, label) {
  return softmax(zs).map((p, i) => p - (i === label ? 1 : 0));
}

// d (T^2 KL) / d z_s = T (softmax(z_s / T) - softmax(z_t / T)).
function softGradient(zt, zs, T) {
  const pt = softmax(zt, T);
  return softmax(zs, T).map((p, i) => T * (p - pt[i]));
}

// d L / d z_s.
function lossGradient(zt, zs, label, alpha, T) {
  const soft = softGradient(zt, zs, T);
  return hardGradient(zs, label).map((g, i) => (1 - alpha) * g + alpha * soft[i]);
}

// What d (T^2 KL) / d z_s tends to as T grows: (z_s - z_t) / C with both centred, the gradient of
// logit regression (Hinton, Vinyals and Dean 2015, eq. 4, without their zero-mean assumption).
function largeTGradient(zt, zs) {
  const C = zs.length;
  const mean = (z) => z.reduce((sum, v) => sum + v, 0) / C;
  const shift = mean(zs) - mean(zt);
  return zs.map((v, i) => (v - zt[i] - shift) / C);
}

// Euclidean norm.
function norm(v) {
  return Math.hypot(...v);
}

// Mean soft targets, class by class: row r is the mean of softmax(z / T) over the rows of `logits`
// whose label is r, null where there is none. logits: N arrays of C; labels: N.
// This one runs over whole sets at every redraw, so it makes no arrays on the way.
function meanSoftTargets(logits, labels, C, T) {
  const sums = Array.from({ length: C }, () => new Float64Array(C));
  const counts = new Float64Array(C);
  const p = new Float64Array(C);
  for (let n = 0; n < logits.length; n++) {
    const z = logits[n];
    let top = -Infinity;
    for (let c = 0; c < C; c++) if (z[c] > top) top = z[c];
    let total = 0;
    for (let c = 0; c < C; c++) total += p[c] = Math.exp((z[c] - top) / T);
    const row = sums[labels[n]];
    counts[labels[n]] += 1;
    for (let c = 0; c < C; c++) row[c] += p[c] / total;
  }
  return sums.map((row, r) => (counts[r] ? Array.from(row, (v) => v / counts[r]) : null));
}

// T to three significant digits, drawn to a round value nearby so that a drag can land on it.
function niceT(T, round = [0.5, 1, 2, 4, 8, 20, 50]) {
  const near = round.find((tick) => Math.abs(Math.log(T / tick)) < 0.013);
  return near ?? Number(T.toPrecision(3));
}
