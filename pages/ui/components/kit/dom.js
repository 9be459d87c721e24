// Elements, the theme's colours, and when something is drawn. No state outlives an instance.

const SVG = "http://www.w3.org/2000/svg";

// The words of this script in its reader's language. English ones are their own keys; values take the
// place of their names in braces.
const say = (english, values = {}) =>
  (WORDS[english] ?? english).replace(/\{(\w+)\}/g, (name, key) => (key in values ? values[key] : name));

// The same with elements in place of names: what is to be put into an element.
const sayWith = (english, nodes) =>
  (WORDS[english] ?? english).split(/(\{\w+\})/).filter(Boolean).map((part) => nodes[part.slice(1, -1)] ?? part);

const clamp = (v, low, high) => Math.min(high, Math.max(low, v));

// make("div", {class: "x", onclick: f}, "text", node, ...): one HTML or, for svg names, SVG element.
const SVG_NAMES = new Set(["svg", "g", "rect", "path", "line", "text", "tspan", "circle", "title"]);
function make(tag, attributes = {}, ...children) {
  const node = SVG_NAMES.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
  set(node, attributes);
  node.append(...children);
  return node;
}
function set(node, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node[name] = value;
    else if (value === null || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
  return node;
}

// The theme: dark or light by the background's brightness, and colours for canvases.
function readTheme(root) {
  const probe = make("span", { style: "color: var(--st-background-color)" });
  root.append(probe);
  const channels = (getComputedStyle(probe).color.match(/[\d.]+/g) ?? [255, 255, 255]).map(Number);
  probe.remove();
  const dark = 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2] < 110;
  root.toggleAttribute("data-dark", dark);
  const ink = getComputedStyle(root).color.match(/[\d.]+/g).map(Number);
  return { dark, background: channels.slice(0, 3), ink: ink.slice(0, 3) };
}

// Move from now to a goal in `ms`; at once for people who asked for reduced motion.
function tween(ms, step, done = () => {}) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    step(1);
    done();
    return () => {};
  }
  const start = performance.now();
  let frame = requestAnimationFrame(function next(now) {
    const t = clamp((now - start) / ms, 0, 1);
    step(t < 0.5 ? 2 * t * t : 1 - 2 * (1 - t) * (1 - t));
    if (t < 1) frame = requestAnimationFrame(next);
    else done();
  });
  return () => cancelAnimationFrame(frame);
}

// Ask for `draw` before the next repaint, once however often it is called.
function painter(root, draw) {
  let frame = 0;
  const paint = () => {
    if (!frame) {
      frame = requestAnimationFrame(() => {
        frame = 0;
        draw();
        // Counted where a browser test can read how often a drag redraws.
        root.dataset.redraws = Number(root.dataset.redraws ?? 0) + 1;
      });
    }
  };
  paint.stop = () => cancelAnimationFrame(frame);
  return paint;
}
