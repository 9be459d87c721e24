// Products of weights and inputs, which is where a network spends its time: rows by columns, and where
// the kernel of a convolution reads. Sums are made in double precision and kept in single.

const networkProducts = (() => {
  const BLOCK = 4; // rows of weights, and columns of inputs, that one turn of a product takes


  // Rows of K weights, M of them, in blocks of four: [block][k][row]. Rows that are missing are 0.
  function blocks(weight, M, K) {
    const out = new Float32Array(Math.ceil(M / BLOCK) * BLOCK * K);
    for (let m = 0; m < M; m++) {
      const start = (m - (m % BLOCK)) * K + (m % BLOCK);
      for (let k = 0; k < K; k++) out[start + BLOCK * k] = weight[m * K + k];
    }
    return out;
  }

  // Four rows of weights by four columns of inputs, [k][column]; sums has room for 4 x 4.
  function fourByFour(weights, at, panel, K, sums) {
    let a0 = 0, a1 = 0, a2 = 0, a3 = 0, b0 = 0, b1 = 0, b2 = 0, b3 = 0;
    let c0 = 0, c1 = 0, c2 = 0, c3 = 0, d0 = 0, d1 = 0, d2 = 0, d3 = 0;
    const end = 4 * K;
    for (let k = 0; k < end; k += 4) {
      const x0 = panel[k], x1 = panel[k + 1], x2 = panel[k + 2], x3 = panel[k + 3];
      let w = weights[at + k];
      a0 += w * x0, a1 += w * x1, a2 += w * x2, a3 += w * x3;
      w = weights[at + k + 1];
      b0 += w * x0, b1 += w * x1, b2 += w * x2, b3 += w * x3;
      w = weights[at + k + 2];
      c0 += w * x0, c1 += w * x1, c2 += w * x2, c3 += w * x3;
      w = weights[at + k + 3];
      d0 += w * x0, d1 += w * x1, d2 += w * x2, d3 += w * x3;
    }
    sums[0] = a0, sums[1] = a1, sums[2] = a2, sums[3] = a3;
    sums[4] = b0, sums[5] = b1, sums[6] = b2, sums[7] = b3;
    sums[8] = c0, sums[9] = c1, sums[10] = c2, sums[11] = c3;
    sums[12] = d0, sums[13] = d1, sums[14] = d2, sums[15] = d3;
  }
  // The same for one column.
  function fourByOne(weights, at, panel, K, sums) {
    let a = 0, b = 0, c = 0, d = 0;
    for (let k = 0; k < K; k++) {
      const x = panel[k];
      const w = at + 4 * k;
      a += weights[w] * x, b += weights[w + 1] * x, c += weights[w + 2] * x, d += weights[w + 3] * x;
    }
    sums[0] = a, sums[4] = b, sums[8] = c, sums[12] = d;
  }

  // out[m, p] = sum over k of weight[m, k] source[bases[p] + offsets[k]] + bias[m]: a convolution, or
  // a linear layer. Output (m, p) lies at m * byRow + p * byColumn.
  function product({ weight, bias, M, K, bases, offsets, byRow, byColumn, relu }) {
    const packed = blocks(weight, M, K);
    const panel = new Float32Array(BLOCK * K);
    const sums = new Float64Array(BLOCK * BLOCK);
    const P = bases.length;
    return (source, from, out, to) => {
      for (let p = 0; p < P; ) {
        const columns = P - p < BLOCK ? 1 : BLOCK;
        if (columns === 1) {
          const base = from + bases[p];
          for (let k = 0; k < K; k++) panel[k] = source[base + offsets[k]];
        } else {
          const base0 = from + bases[p], base1 = from + bases[p + 1];
          const base2 = from + bases[p + 2], base3 = from + bases[p + 3];
          for (let k = 0, i = 0; k < K; k++, i += 4) {
            const offset = offsets[k];
            panel[i] = source[base0 + offset];
            panel[i + 1] = source[base1 + offset];
            panel[i + 2] = source[base2 + offset];
            panel[i + 3] = source[base3 + offset];
          }
        }
        for (let m = 0; m < M; m += BLOCK) {
          if (columns === 1) fourByOne(packed, m * K, panel, K, sums);
          else fourByFour(packed, m * K, panel, K, sums);
          const rows = Math.min(BLOCK, M - m);
          for (let r = 0; r < rows; r++) {
            const shift = bias ? bias[m + r] : 0;
            const place = to + (m + r) * byRow + p * byColumn;
            for (let c = 0; c < columns; c++) {
              const sum = sums[BLOCK * r + c] + shift;
              out[place + c * byColumn] = relu && sum < 0 ? 0 : sum;
            }
          }
        }
        p += columns;
      }
    };
  }

  // Where a kernel reads an image (C, H, W) that has a border of padding around it.
  function windows({ image: [C, H, W], shape: [, outH, outW], kernel, stride, padding }) {
    const [high, wide] = [H + 2 * padding[0], W + 2 * padding[1]];
    const plane = high * wide;
    const bases = new Int32Array(outH * outW);
    for (let y = 0; y < outH; y++) {
      for (let x = 0; x < outW; x++) bases[y * outW + x] = y * stride[0] * wide + x * stride[1];
    }
    const taps = [];
    for (let y = 0; y < kernel[0]; y++) for (let x = 0; x < kernel[1]; x++) taps.push(y * wide + x);
    const bordered = padding[0] || padding[1] ? new Float32Array(C * plane) : null;
    // The image with its border, which is filled once.
    function within(source, border) {
      if (!bordered) return source;
      if (bordered[0] !== border) bordered.fill(border);
      for (let c = 0; c < C; c++) {
        for (let y = 0; y < H; y++) {
          const to = c * plane + (y + padding[0]) * wide + padding[1];
          const from = (c * H + y) * W;
          for (let x = 0; x < W; x++) bordered[to + x] = source[from + x];
        }
      }
      return bordered;
    }
    return { plane, bases, taps, within };
  }

  return { product, windows };
})();
