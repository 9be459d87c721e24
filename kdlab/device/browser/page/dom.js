// Elements, colours of the page, and numbers as people read them. Names and texts of others become text
// nodes only, never markup.

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

// make("div", {class: "x", onclick: f}, "text", node, ...).
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node[name] = value;
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

// A name that somebody else chose: its direction is its own and reaches no further.
const named = (text) => make("bdi", {}, text);
// The same inside a label, which holds no elements.
const isolated = (text) => `\u2068${text}\u2069`;

// "networks see" or, of one, "network sees".
const see = (networks) => (networks.length > 1 ? "networks see" : "network sees");

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

function percent(p) {
  if (p > 0 && p < 0.0005) return "< 0.1 %";
  if (p < 1 && p >= 0.9995) return "> 99.9 %";
  return `${(100 * p).toFixed(1)} %`;
}

function milliseconds(ms) {
  if (ms >= 100) return `${Math.round(ms)} ms`;
  return `${ms.toPrecision(ms >= 10 ? 3 : 2)} ms`;
}

// softmax(z / T), the largest subtracted first.
function shares(z, T) {
  const top = z.reduce((a, b) => Math.max(a, b), -Infinity);
  const parts = Array.from(z, (v) => Math.exp((v - top) / T));
  const total = parts.reduce((a, b) => a + b, 0);
  return parts.map((v) => v / total);
}

// Pixels (C, H, W) on a canvas of their own size, which CSS enlarges; grey ones are ink on paper.
function drawPixels(canvas, [channels, height, width], raw, ink) {
  canvas.width = width;
  canvas.height = height;
  const picture = new ImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    const at = (c) => raw[c * plane + i];
    picture.data.set(channels === 1 ? [...ink, at(0)] : [at(0), at(1), at(2), 255], 4 * i);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}
// "#1a2b3c" -> [26, 43, 60].
const channelsOf = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
