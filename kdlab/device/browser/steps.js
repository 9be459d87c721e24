// What each step of a program (kdlab/device/program.py) does. networkSteps[op](step, weights)
// gives a function that writes the step's value: (out, ...values it is made of).

const networkSteps = (() => {
  const { product, windows } = networkProducts;
  const size = (shape) => shape.reduce((count, side) => count * side, 1);

  function convolution(step, weights) {
    const { plane, bases, taps, within } = windows(step);
    const { weight, bias } = weights;
    const [inputs, outputs] = [step.image[0] / step.groups, step.shape[0] / step.groups];
    const P = bases.length;
    if (inputs === 1 && outputs === 1) return eachChannel(step, plane, bases, taps, within, weights);
    const K = inputs * taps.length;
    const offsets = Int32Array.from({ length: K }, (_, k) => Math.floor(k / taps.length) * plane + taps[k % taps.length]);
    const groups = Array.from({ length: step.groups }, (_, g) =>
      product({
        weight: weight.subarray(g * outputs * K, (g + 1) * outputs * K),
        bias: bias && bias.subarray(g * outputs, (g + 1) * outputs),
        M: outputs, K, bases, offsets, byRow: P, byColumn: 1, relu: step.relu,
      }));
    return (out, source) => {
      const image = within(source, 0);
      groups.forEach((run, g) => run(image, g * inputs * plane, out, g * outputs * P));
    };
  }

  // A kernel of its own for each channel.
  function eachChannel(step, plane, bases, taps, within, { weight, bias }) {
    const [C, P, K] = [step.shape[0], bases.length, taps.length];
    const offsets = Int32Array.from(taps);
    return (out, source) => {
      const image = within(source, 0);
      for (let c = 0; c < C; c++) {
        for (let p = 0; p < P; p++) {
          const base = c * plane + bases[p];
          let sum = bias ? bias[c] : 0;
          for (let k = 0; k < K; k++) sum += weight[c * K + k] * image[base + offsets[k]];
          out[c * P + p] = step.relu && sum < 0 ? 0 : sum;
        }
      }
    };
  }

  // Rows of inputs -> rows of outputs, one row for each character of a text.
  function linear(step, { weight, bias }) {
    const M = step.shape.at(-1);
    const K = weight.length / M;
    const rows = size(step.shape) / M;
    const run = product({
      weight, bias, M, K, relu: step.relu, byRow: 1, byColumn: M,
      bases: Int32Array.from({ length: rows }, (_, r) => r * K),
      offsets: Int32Array.from({ length: K }, (_, k) => k),
    });
    return (out, source) => run(source, 0, out, 0);
  }

  function maxpool(step) {
    const { plane, bases, taps, within } = windows(step);
    const P = bases.length;
    return (out, source) => {
      const image = within(source, -Infinity);
      for (let i = 0; i < out.length; i++) {
        const base = Math.floor(i / P) * plane + bases[i % P];
        let top = -Infinity;
        for (const tap of taps) top = Math.max(top, image[base + tap]);
        out[i] = top;
      }
    };
  }

  // whole: what lies in the border counts as zeros; else it does not count.
  function avgpool(step) {
    const { plane, bases, taps, within } = windows(step);
    const P = bases.length;
    const counts = Float64Array.from(bases, () => taps.length);
    if (!step.whole) {
      const ones = within(new Float32Array(size(step.image)).fill(1), 0);
      bases.forEach((base, p) => (counts[p] = taps.reduce((sum, tap) => sum + ones[base + tap], 0)));
    }
    return (out, source) => {
      const image = within(source, 0);
      for (let i = 0; i < out.length; i++) {
        const base = Math.floor(i / P) * plane + bases[i % P];
        let sum = 0;
        for (const tap of taps) sum += image[base + tap];
        out[i] = sum / counts[i % P];
      }
    };
  }

  // Of each channel, over height and width.
  function mean() {
    return (out, source) => {
      const inner = source.length / out.length;
      for (let c = 0; c < out.length; c++) {
        let sum = 0;
        for (let i = c * inner; i < (c + 1) * inner; i++) sum += source[i];
        out[c] = sum / inner;
      }
    };
  }

  // Batch norm in use: a factor and a shift for each channel.
  function scale(step, { weight, bias }) {
    const inner = size(step.shape) / step.shape[0];
    return (out, source) => {
      for (let i = 0; i < out.length; i++) {
        const c = Math.floor(i / inner);
        out[i] = source[i] * weight[c] + bias[c];
      }
    };
  }

  // Layer norm: each row to mean 0 and variance 1, then a factor and a shift for each column.
  function norm(step, { weight, bias }) {
    const width = step.shape.at(-1);
    return (out, source) => {
      for (let row = 0; row < out.length; row += width) {
        let sum = 0;
        for (let i = 0; i < width; i++) sum += source[row + i];
        const centre = sum / width;
        let squares = 0;
        for (let i = 0; i < width; i++) squares += (source[row + i] - centre) ** 2;
        const factor = 1 / Math.sqrt(squares / width + step.eps);
        for (let i = 0; i < width; i++) out[row + i] = (source[row + i] - centre) * factor * weight[i] + bias[i];
      }
    };
  }

  // The state after each character, from what was read there: gates reset, update and new.
  function gru(step, { weight, bias }) {
    const [length, width] = step.shape;
    const recalled = new Float32Array(3 * width);
    const state = new Float32Array(width);
    const zero = Int32Array.of(0);
    const recall = product({
      weight, bias, M: 3 * width, K: width, bases: zero, byRow: 1, byColumn: 1, relu: false,
      offsets: Int32Array.from({ length: width }, (_, k) => k),
    });
    const sigmoid = (v) => 1 / (1 + Math.exp(-v));
    return (out, seen) => {
      state.fill(0);
      for (let t = 0; t < length; t++) {
        recall(state, 0, recalled, 0);
        const at = 3 * width * t;
        for (let i = 0; i < width; i++) {
          const reset = sigmoid(seen[at + i] + recalled[i]);
          const update = sigmoid(seen[at + width + i] + recalled[width + i]);
          const fresh = Math.tanh(seen[at + 2 * width + i] + reset * recalled[2 * width + i]);
          state[i] = (1 - update) * fresh + update * state[i];
        }
        out.set(state, t * width);
      }
    };
  }

  // Each of the last characters looks at those up to itself, with several heads: queries (Q, width),
  // keys and values (W, 2 width) side by side.
  function attend(step) {
    const [asked, width] = step.shape;
    const E = width / step.heads;
    return (out, query, keyValue) => {
      const length = keyValue.length / (2 * width);
      const shares = new Float64Array(length);
      for (let q = 0; q < asked; q++) {
        const seen = length - asked + q + 1;
        for (let start = 0; start < width; start += E) {
          let top = -Infinity;
          for (let t = 0; t < seen; t++) {
            let sum = 0;
            for (let e = start; e < start + E; e++) sum += query[q * width + e] * keyValue[2 * t * width + e];
            shares[t] = sum / Math.sqrt(E);
            top = Math.max(top, shares[t]);
          }
          let total = 0;
          for (let t = 0; t < seen; t++) total += shares[t] = Math.exp(shares[t] - top);
          for (let e = start; e < start + E; e++) {
            let sum = 0;
            for (let t = 0; t < seen; t++) sum += shares[t] * keyValue[(2 * t + 1) * width + e];
            out[q * width + e] = sum / total;
          }
        }
      }
    };
  }

  // The error function by its series of positive terms, to the last bits; beyond 6 it is 1.
  function erf(x) {
    if (Math.abs(x) > 6) return Math.sign(x);
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }

  return {
    linear, conv: convolution, maxpool, avgpool, mean, scale, norm, gru, attend,
    relu: () => (out, source) => {
      for (let i = 0; i < out.length; i++) out[i] = source[i] < 0 ? 0 : source[i];
    },
    gelu: () => (out, source) => {
      for (let i = 0; i < out.length; i++) out[i] = 0.5 * source[i] * (1 + erf(source[i] / Math.SQRT2));
    },
    add: () => (out, one, other) => {
      for (let i = 0; i < out.length; i++) out[i] = one[i] + other[i];
    },
    shift: (step, { weight }) => (out, source) => {
      for (let i = 0; i < out.length; i++) out[i] = source[i] + weight[i];
    },
    slice: (step) => (out, source) => {
      for (let i = 0; i < out.length; i++) out[i] = source[step.start + i];
    },
    concat: () => (out, ...parts) => {
      let at = 0;
      for (const part of parts) {
        out.set(part, at);
        at += part.length;
      }
    },
    // (A, B, ...) -> (B, A, ...).
    swap: (step) => (out, source) => {
      const [A, B] = step.sides;
      const inner = out.length / (A * B);
      for (let a = 0; a < A; a++) {
        for (let b = 0; b < B; b++) {
          const [from, to] = [(a * B + b) * inner, (b * A + a) * inner];
          for (let i = 0; i < inner; i++) out[to + i] = source[from + i];
        }
      }
    },
  };
})();
