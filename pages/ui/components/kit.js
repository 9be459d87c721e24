// What the teaching components share on screen: small DOM helpers, the sliders, bars that can be
// dragged, a log-log plot, and the number formats. No state outlives an instance.

const SVG = "http://www.w3.org/2000/svg";
const T_LOW = 0.5;
const T_HIGH = 50;
const T_TICKS = [0.5, 1, 2, 4, 8, 20, 50];
// Beyond the slider, for typing and for the two limits; the range of the lab's configuration.
const T_MIN = 0.05;
const T_MAX = 1000;

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

// Numbers as people read them. The minus is a real minus sign.
const superscript = (n) => String(n).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
function scientific(v, digits = 0) {
  const [m, e] = v.toExponential(digits).split("e");
  return m === "1" ? `10${superscript(Number(e))}` : `${m}·10${superscript(Number(e))}`;
}
function showProbability(p) {
  if (p === 0) return "0";
  if (p < 0.0005) return scientific(p);
  return p >= 0.9995 ? "1.000" : p.toFixed(3);
}
function showTimes(ratio) {
  if (ratio < 10) return ratio.toFixed(1);
  return ratio < 1e6 ? Math.round(ratio).toLocaleString("en") : scientific(ratio, 1);
}
function showNumber(v, digits = 2) {
  const text = Math.abs(v) > 0 && Math.abs(v) < 0.5 * 10 ** -digits ? (0).toFixed(digits) : v.toFixed(digits);
  return text.replace("-", "−");
}
// Edited logits as they are told to Python and written into links.
const threeDecimals = (z) => z && z.map((v) => Math.round(v * 1000) / 1000);
const showT = (T) => String(niceT(T));

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

// A slider: label, readout to type into, native range, ticks to click.
// `scale` maps value <-> position 0..1; `onInput` while it moves, `onCommit` when it is let go.
function slider({ label, name, low, high, min = low, max = high, ticks = [], step, scale, show, parse, onInput, onCommit }) {
  const readout = make("input", { class: "readout", type: "text", inputmode: "decimal", "aria-label": `${name}, typed`, autocomplete: "off" });
  const range = make("input", { type: "range", min: 0, max: 1, step, "aria-label": name });
  const head = make("div", { class: "slider-head" }, make("label", {}, ...label), readout);
  const rail = make("div", { class: "ticks", hidden: !ticks.length });
  for (const tick of ticks) {
    const at = make("button", { type: "button", tabindex: -1, "aria-hidden": "true", style: `left: ${100 * scale.to(tick)}%` }, show(tick));
    at.onclick = () => onCommit(tick, true);
    rail.append(at);
  }
  const node = make("div", { class: "slider" }, head, range, rail);
  range.oninput = () => onInput(scale.from(Number(range.value)));
  range.onchange = () => onCommit(scale.from(Number(range.value)));
  const typed = () => {
    const value = parse(readout.value);
    const good = Number.isFinite(value) && value >= min && value <= max;
    set(readout, { "aria-invalid": String(!good), title: good ? "" : `A number from ${min} to ${max}` });
    if (good) onCommit(value);
  };
  readout.onchange = typed;
  readout.onkeydown = (event) => {
    if (event.key === "Enter") readout.blur();
  };
  const host = () => node.getRootNode().activeElement;
  const draw = (value) => {
    const at = clamp(scale.to(value), 0, 1);
    if (Math.abs(scale.to(Number(range.dataset.shown ?? NaN)) - at) !== 0) range.value = at;
    range.dataset.shown = value;
    range.style.setProperty("--filled", `calc(10px + ${at} * (100% - 20px))`);
    set(range, { "aria-valuetext": `${name} ${show(value)}` });
    if (host() !== readout || readout.dataset.shown !== show(value)) readout.value = show(value);
    readout.dataset.shown = show(value);
    set(readout, { "aria-invalid": "false" });
  };
  return { node, head, range, readout, draw };
}

// The temperature: a log scale from 0.5 to 50, typed values from 0.05 to 1000.
function temperatureSlider({ onInput, onCommit }) {
  const span = Math.log(T_HIGH / T_LOW);
  return slider({
    label: ["Temperature ", make("var", {}, "T")],
    name: "Temperature T",
    low: T_LOW,
    high: T_HIGH,
    min: T_MIN,
    max: T_MAX,
    ticks: T_TICKS,
    step: 0.005,
    scale: { to: (T) => Math.log(T / T_LOW) / span, from: (x) => niceT(T_LOW * Math.exp(x * span)) },
    show: showT,
    parse: (text) => Number(text.replace(",", ".").trim() || NaN),
    onInput,
    onCommit,
  });
}

// Two or more choices, one of them pressed.
function switcher(label, choices, onChoose) {
  const node = make("div", { class: "switch", role: "group", "aria-label": label });
  for (const [value, text, title] of choices) {
    node.append(make("button", { type: "button", "data-value": value, title: title ?? "", onclick: () => onChoose(value) }, text));
  }
  node.draw = (value) => {
    for (const button of node.children) button.setAttribute("aria-pressed", String(button.dataset.value === value));
  };
  return node;
}

// Make an SVG group a vertical slider: pointer, touch, arrow keys, and typing (Enter or double click).
// `at(clientY)` turns a position on screen into a value; `read()` gives the value now.
function draggable(handle, { name, limit, read, at, onMove, onDrop, onType }) {
  set(handle, { class: "handle", role: "slider", tabindex: 0, "aria-label": name, "aria-orientation": "vertical", "aria-valuemin": -limit, "aria-valuemax": limit });
  handle.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const offset = at(event.clientY) - read();
    // Near the grip the bar follows from where it was taken; elsewhere it jumps to the pointer.
    const keep = event.target.classList.contains("grip") ? offset : 0;
    let moved = keep === 0 && offset !== 0;
    const follow = (move) => {
      moved = true;
      onMove(clamp(at(move.clientY) - keep, -limit, limit));
    };
    if (moved) follow(event);
    handle.onpointermove = follow;
    handle.onpointerup = handle.onpointercancel = () => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
      if (moved) onDrop();
    };
  };
  handle.ondblclick = onType;
  handle.onkeydown = (event) => {
    const steps = { ArrowUp: 0.25, ArrowRight: 0.25, ArrowDown: -0.25, ArrowLeft: -0.25, PageUp: 2, PageDown: -2 };
    if (event.key in steps) onMove(clamp(Math.round((read() + steps[event.key]) * 4) / 4, -limit, limit));
    else if (event.key === "Home" || event.key === "End") onMove(event.key === "Home" ? -limit : limit);
    else if (event.key === "Enter") onType();
    else return;
    event.preventDefault();
    if (event.key !== "Enter") onDrop();
  };
}

// An input over a bar, to type its value; Enter or leaving takes it, Escape does not.
function typeOver(parent, { left, top, value, limit, name, onTake }) {
  parent.querySelector(".typed")?.remove();
  const input = make("input", { class: "readout typed", type: "text", inputmode: "decimal", "aria-label": name, style: `left:${left}px;top:${top}px` });
  input.value = String(value);
  let open = true;
  const close = (take) => {
    if (!open) return;
    open = false;
    const typed = Number(input.value.replace("−", "-").replace(",", ".").trim() || NaN);
    input.remove();
    if (take && Number.isFinite(typed)) onTake(clamp(typed, -limit, limit));
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter");
  };
  input.onblur = () => close(true);
  parent.append(input);
  input.focus();
  input.select();
}

// Class names under columns: upright where they fit, slanted where they do not, thinned out where
// there are very many. Returns how high the band must be.
function classBand(classes, column) {
  const longest = Math.max(...classes.map((name) => name.length));
  const slant = longest * 7.5 > column;
  return { slant, every: Math.max(1, Math.ceil(13 / column)), height: slant ? Math.min(64, 14 + 4.6 * longest) : 20 };
}
function placeName(text, band, x, y, index) {
  set(text, {
    x,
    y: band.slant ? y + 4 : y,
    "text-anchor": band.slant ? "end" : "middle",
    transform: band.slant ? `rotate(-40 ${x} ${y + 4})` : null,
    visibility: index % band.every ? "hidden" : null,
  });
}

// A bar from `zero` to `y` with slightly rounded free end.
function barPath(x, width, zero, y) {
  const r = Math.min(3, width / 3, Math.abs(y - zero));
  const s = y < zero ? 1 : -1;
  return `M${x},${zero}V${y + s * r}Q${x},${y} ${x + r},${y}H${x + width - r}Q${x + width},${y} ${x + width},${y + s * r}V${zero}Z`;
}

const diamondPath = (x, y, r) => `M${x},${y - r}L${x + r},${y}L${x},${y + r}L${x - r},${y}Z`;

const INK_GAMMA = 0.8; // faint strokes of an 8x8 image stay visible at thumbnail size

// One picture on a canvas of its own size; CSS enlarges it. Grey images are drawn as ink on paper.
function drawPicture(canvas, images, index, ink) {
  const [channels, height, width] = images.shape;
  const bytes = Uint8Array.from(atob(images.pixels[index]), (c) => c.charCodeAt(0));
  set(canvas, { width, height });
  const picture = new ImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    const grey = channels === 1;
    const colour = grey ? ink : [bytes[i], bytes[plane + i], bytes[2 * plane + i]];
    const alpha = grey ? 255 * (bytes[i] / 255) ** INK_GAMMA : 255;
    picture.data.set([...colour, alpha], 4 * i);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// The examples to choose from, and the chosen one enlarged. data: images (or null), labels, classes.
function gallery(onChoose) {
  const big = make("canvas", { class: "big", role: "img" });
  const strip = make("div", { class: "strip", role: "group", "aria-label": "Examples" });
  let data = null;
  let theme = null;
  let filled = "";
  let current = 0;
  function thumb(y, i) {
    const name = data.classes[y];
    const button = make("button", { type: "button", class: data.images ? "thumb" : "thumb word", "aria-label": `Example ${i + 1}, label ${name}`, title: `label ${name}`, onclick: () => onChoose(i) });
    const canvas = make("canvas");
    if (data.images) drawPicture(canvas, data.images, i, theme.ink);
    button.append(data.images ? canvas : name);
    return button;
  }
  strip.onkeydown = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = clamp(current + move, 0, data.labels.length - 1);
    onChoose(next);
    strip.children[next].focus();
  };
  function receive(nextData, nextTheme, hidden) {
    data = nextData;
    theme = nextTheme;
    big.hidden = hidden || !data.images;
    strip.hidden = hidden || data.labels.length < 2;
    // Filled again only for new pictures or another ink, so that a focused thumbnail stays.
    const wanted = JSON.stringify([data.images, data.labels, data.classes, theme.ink]);
    if (wanted !== filled) strip.replaceChildren(...data.labels.map(thumb));
    filled = wanted;
  }
  function draw(index) {
    current = index;
    if (!big.hidden) drawPicture(big, data.images, index, theme.ink);
    set(big, { "aria-label": `The chosen image, label ${data.classes[data.labels[index]]}` });
    [...strip.children].forEach((button, i) => set(button, { "aria-pressed": String(i === index) }));
  }
  return { big, strip, receive, draw };
}

// Tell Python, but not at every arrow key: the last value within 200 ms wins.
function committer(send) {
  let timer = 0;
  const commit = (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => send(value), 200);
  };
  commit.stop = () => clearTimeout(timer);
  return commit;
}

// One view per mounted element: made once, told of new data, ended with the element.
// `create(root)` returns {receive(data), resize(), end()}.
const mounted = new WeakMap();
function mount({ parentElement, data, setStateValue }, create) {
  const root = parentElement.querySelector(".kd");
  let view = mounted.get(parentElement);
  if (!view || view.root !== root) {
    view?.observer.disconnect();
    root.replaceChildren(); // Streamlit may end a component and mount it again on the same element
    view = { root, send: null, ...create(root, (value) => view.send("value", value)) };
    let width = root.clientWidth;
    view.observer = new ResizeObserver(() => {
      // Only the width matters; a rebuild for a changed height would end a drag under way.
      if (root.clientWidth !== width) view.resize();
      width = root.clientWidth;
    });
    view.observer.observe(root);
    mounted.set(parentElement, view);
  }
  view.send = setStateValue;
  view.receive(data);
  return () => {
    view.observer.disconnect();
    view.end();
    mounted.delete(parentElement);
  };
}
