// From a drawing to the pixels that a network knows. A network answers well only where its input was made
// like its training images. Two kinds of images can be drawn: MNIST's 28x28 pixels and the 8x8 pixels of
// the data set digits. Pictures are rows of numbers 0 to 255, ink is 255. The tests have the same in Python
// (tests/drawings.py): the same numbers in, the same out.

const drawn = (() => {
  const FINE = 64; // points a side at which a drawing is sampled before it is averaged to 8x8
  const NARROW = 20 / 32; // width of a digit in the data set digits, as a share of its height
  const WIDEN = 1.25; // a digit is widened at most so much to get there: a bare stroke must stay a stroke
  const INK = 0.3; // share of a picture that is ink in the data set digits: 0.31, with a deviation of 0.03
  const EDGE = 64; // half-covered pixels on the edge of a stroke count as ink from this value on
  const BITS = 2 ** 22; // one, in the fixed-point numbers with which Pillow resizes

  const sum = (values) => values.reduce((total, v) => total + v, 0);
  const least = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);

  // To the nearest whole number, halves to the even one, as Python and NumPy do.
  function even(v) {
    const below = Math.floor(v);
    const rest = v - below;
    return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
  }

  const FILTERS = {
    bilinear: [1, (x) => Math.max(0, 1 - Math.abs(x))],
    bicubic: [2, (x) => {
      const d = Math.abs(x);
      if (d < 1) return (1.5 * d - 2.5) * d * d + 1;
      return d < 2 ? ((-0.5 * d + 2.5) * d - 4) * d + 2 : 0;
    }],
  };
  // Where each of `to` points along an axis looks among `from` ones, and how much each counts.
  function looks(from, to, [reach, weigh]) {
    const scale = Math.max(1, from / to);
    return Array.from({ length: to }, (_, n) => {
      const centre = ((n + 0.5) * from) / to;
      const start = Math.max(0, Math.trunc(centre - reach * scale + 0.5));
      const end = Math.min(from, Math.trunc(centre + reach * scale + 0.5));
      const weights = Array.from({ length: end - start }, (_, i) => weigh((i + start - centre + 0.5) / scale));
      const total = sum(weights);
      return { start, counts: weights.map((w) => Math.trunc((w / total) * BITS + (w < 0 ? -0.5 : 0.5))) };
    });
  }
  // Pillow's resize of a grey picture (height x width), rows first, each pass rounded to 0..255.
  function resized(values, [height, width], [toHeight, toWidth], filter = "bilinear") {
    const cut = (total) => Math.min(255, Math.max(0, Math.floor((total + BITS / 2) / BITS)));
    function along(source, count, length, to, step, stride, outStep, outStride) {
      if (length === to) return source;
      const out = new Uint8Array(count * to);
      looks(length, to, FILTERS[filter]).forEach(({ start, counts }, n) => {
        for (let line = 0; line < count; line++) {
          let total = 0;
          for (let i = 0; i < counts.length; i++) total += counts[i] * source[line * stride + (start + i) * step];
          out[line * outStride + n * outStep] = cut(total);
        }
      });
      return out;
    }
    const wide = along(values, height, width, toWidth, 1, width, 1, toWidth);
    return along(wide, toWidth, height, toHeight, toWidth, 1, toWidth, 1);
  }

  // A square picture averaged over size x size equal areas: whole numbers.
  function averaged(values, side, size) {
    const scale = side / size;
    const covers = Array.from({ length: size }, (_, t) => {
      const [low, high] = [t * scale, (t + 1) * scale];
      const parts = [];
      for (let s = Math.floor(low); s < Math.min(side, Math.ceil(high)); s++) {
        parts.push([s, Math.min(high, s + 1) - Math.max(low, s)]);
      }
      return parts;
    });
    const out = new Uint8Array(size * size);
    for (let r = 0; r < size; r++) {
      for (let c = 0; c < size; c++) {
        let total = 0;
        for (const [y, h] of covers[r]) for (const [x, w] of covers[c]) total += h * w * values[y * side + x];
        out[r * size + c] = Math.round(total / (scale * scale));
      }
    }
    return out;
  }

  // Like MNIST, 28x28: the longer side of the box around the ink becomes 20 pixels, and by whole pixels it
  // is moved to where its centre of mass lies nearest to pixel (14, 14), counted from 0 (LeCun et al.
  // 1998, section III.A). Each of the first 1,000 test images comes back as it is.
  function asMnist(values, side) {
    const out = new Uint8Array(28 * 28);
    const rows = [], columns = [];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) if (values[y * side + x]) rows.push(y), columns.push(x);
    }
    if (!rows.length) return out;
    const [top, left] = [least(rows), least(columns)];
    const box = [most(rows) - top + 1, most(columns) - left + 1];
    const [height, width] = box.map((n) => Math.max(1, even((20 * n) / Math.max(...box))));
    const inside = new Uint8Array(box[0] * box[1]);
    for (let y = 0; y < box[0]; y++) {
      for (let x = 0; x < box[1]; x++) inside[y * box[1] + x] = values[(top + y) * side + left + x];
    }
    const digit = resized(inside, box, [height, width]);
    const total = Math.max(1, sum(digit));
    const centred = (n, at) => {
      const mass = digit.reduce((all, v, i) => all + v * at(i), 0);
      return Math.min(28 - n, Math.max(0, even(14 - mass / total)));
    };
    const down = centred(height, (i) => Math.floor(i / width));
    const right = centred(width, (i) => i % width);
    for (let y = 0; y < height; y++) out.set(digit.subarray(y * width, (y + 1) * width), (down + y) * 28 + right);
    return out;
  }

  // The slope of the least-squares line x(y).
  function slope(y, x) {
    const middle = sum(y) / y.length;
    let up = 0, down = 0;
    y.forEach((v, i) => ((up += (v - middle) * x[i]), (down += (v - middle) ** 2)));
    return up / Math.max(down, 1e-6);
  }
  // Columns that a digit leans a row: the mean of two least-squares lines, one through its ink and one
  // through its left edge (the ink of a 7 leans where the digit does not).
  function slant(rows, columns) {
    const edge = new Map();
    rows.forEach((row, i) => edge.set(row, Math.min(columns[i], edge.get(row) ?? Infinity)));
    return (slope(rows, columns) + slope([...edge.keys()], [...edge.values()])) / 2;
  }

  const SOFTEN = (() => {
    const bell = (i, j) => Math.exp(-(((i - j) / 2.5) ** 2) / 2);
    const points = Array.from({ length: FINE }, (_, i) => i);
    const total = sum(points.map((j) => bell(FINE / 2, j)));
    return Float64Array.from({ length: FINE * FINE }, (_, n) => bell(Math.floor(n / FINE), n % FINE) / total);
  })();
  function times(a, b) {
    const out = new Float64Array(FINE * FINE);
    for (let i = 0; i < FINE; i++) {
      for (let k = 0; k < FINE; k++) {
        const factor = a[i * FINE + k];
        for (let j = 0; j < FINE; j++) out[i * FINE + j] += factor * b[k * FINE + j];
      }
    }
    return out;
  }
  // Bilinear interpolation at a position in pixels; paper outside.
  function sample(values, side, row, column) {
    const at = (y, x) => (y >= 1 && x >= 1 && y <= side && x <= side ? values[(y - 1) * side + x - 1] : 0);
    const [y, x] = [row, column].map((v) => Math.min(side + 0.999, Math.max(0, v + 1)));
    const [r, c] = [Math.floor(y), Math.floor(x)];
    const [down, right] = [y - r, x - c];
    const upper = at(r, c) * (1 - right) + at(r, c + 1) * right;
    const lower = at(r + 1, c) * (1 - right) + at(r + 1, c + 1) * right;
    return upper * (1 - down) + lower * down;
  }
  // The value below which a share of all lies, between two neighbours where it falls between them.
  function quantile(values, share) {
    const sorted = Float64Array.from(values).sort();
    const place = (sorted.length - 1) * share;
    const n = Math.floor(place);
    const [low, high, t] = [sorted[n], sorted[Math.min(n + 1, sorted.length - 1)], place - n];
    return t >= 0.5 ? high - (high - low) * (1 - t) : low + (high - low) * t;
  }

  // Like the data set digits, 8x8. That set was normalised to bitmaps of 32x32, and the ink of each 4x4
  // block counted: 17 levels (E. Alpaydin and C. Kaynak, UCI 1998). Its digits stand upright, fill all
  // rows, keep to the middle five of the eight columns, and all have about the same ink. So the drawing is
  // sheared upright, its bounding box scaled to 20 x 32, its stroke made as thick as that ink asks for, and
  // blocks are averaged.
  //
  // How often the lab's default teacher is right on the first 1,000 test images of MNIST, taken as
  // drawings: 24.2 % where the whole drawing is averaged, 56.3 % where its bounding box is scaled with its
  // proportions kept, 66.3 % where it is scaled to 20 x 32, 78.6 % where it is sheared as well, 80.6 % with
  // the thickness of the stroke. About a third of the 4s, 6s and 9s are still missed: the writers of the
  // data set digits form them in other ways.
  function asDigits(values, side) {
    const out = new Uint8Array(8 * 8);
    const darkest = most(values);
    if (!(darkest > 0)) return out;
    const rows = [], columns = [];
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        if (values[y * side + x] >= Math.min(EDGE, darkest / 2)) rows.push(y), columns.push(x);
      }
    }
    const lean = slant(rows, columns);
    const across = columns.map((column, i) => column - lean * rows[i]);
    const [top, left] = [least(rows) - 0.5, least(across) - 0.5];
    const [height, width] = [most(rows) - least(rows) + 1, most(across) - least(across) + 1];
    const whole = width / Math.min(NARROW, (WIDEN * width) / height);
    const fine = new Float64Array(FINE * FINE);
    for (let r = 0; r < FINE; r++) {
      const row = top + ((r + 0.5) / FINE) * height;
      for (let c = 0; c < FINE; c++) {
        const column = left + width / 2 + ((c + 0.5) / FINE - 0.5) * whole + lean * row;
        fine[r * FINE + c] = sample(values, side, row, column);
      }
    }
    const soft = times(times(SOFTEN, fine), SOFTEN);
    const black = Math.max(quantile(soft, 1 - INK), 1e-6);
    const block = FINE / 8;
    const inked = new Float64Array(8 * 8);
    soft.forEach((v, n) => {
      if (v >= black) inked[Math.floor(n / FINE / block) * 8 + Math.floor((n % FINE) / block)] += 1;
    });
    inked.forEach((count, n) => (out[n] = even(even((16 * count) / block ** 2) * (255 / 16))));
    return out;
  }

  // What a network that reads images of this shape is given for a drawing.
  const seen = (values, side, [, height]) => (height === 8 ? asDigits : asMnist)(values, side);

  return { seen, asMnist, asDigits, averaged, resized };
})();
