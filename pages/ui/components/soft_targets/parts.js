// The pictures of the soft-target component: columns with logits below, entropy over T, the
// likeliest wrong classes in words, and the class-by-class heat map.

const PLOT = { probability: 160, compact: 54, logits: 100, gap: 16 };

// Bars of softmax(z / T), a diamond where the hard label puts all its weight, and, on the same
// columns, the logits as bars that can be dragged.
function columns(plot, { data, withLogits, read, edit, drop }) {
  const { classes, compact } = data;
  const C = classes.length;
  const left = compact ? 22 : 40; // for the numbers of the axis
  const width = Math.max(220, plot.clientWidth) - left - 4;
  const column = width / C;
  const bar = Math.min(46, column * 0.68);
  const band = classBand(classes, column);
  const height = compact ? PLOT.compact : PLOT.probability;
  const head = compact ? 16 : 26; // room for the diamond and its word
  const base = head + height;
  const zTop = base + band.height + PLOT.gap;
  const zMid = zTop + PLOT.logits / 2;
  const total = withLogits ? zTop + PLOT.logits + 14 : base + band.height;
  const centre = (i) => left + column * (i + 0.5);
  const narrow = column < 26;

  const grid = make("g");
  const svg = make("svg", { height: total, viewBox: `0 0 ${width + left + 4} ${total}`, preserveAspectRatio: "xMinYMin", role: "group", "aria-label": say("Soft targets") }, grid);
  const shapes = classes.map((name, i) => {
    const rect = make("path", { class: "teacher" });
    const value = make("text", { class: "value", "text-anchor": "middle", x: centre(i) });
    const below = make("text", { class: "name" }, name);
    placeName(below, band, centre(i), base + 15, i);
    svg.append(rect, value, below);
    return { rect, value, below };
  });
  const mark = make("g", { class: "hard" }, make("path", { d: diamondPath(0, 0, 5) }), make("text", { class: "muted", "text-anchor": "middle", y: -9 }, say("label")));
  svg.append(mark);

  let limit = 10;
  const zScale = (v) => zMid - (v / limit) * (PLOT.logits / 2);
  const at = (clientY) => ((zMid - yIn(svg, total, clientY)) / (PLOT.logits / 2)) * limit;
  const logits = !withLogits ? [] : classes.map((name, i) => {
    const well = make("rect", { class: "well", x: left + column * i, width: column, y: zTop - 6, height: PLOT.logits + 12 });
    const stem = make("path", { class: "logit" });
    const grip = make("rect", { class: "grip logit-grip", width: bar + 4, height: 9, rx: 4.5, x: centre(i) - bar / 2 - 2 });
    const value = make("text", { class: "muted value", "text-anchor": "middle", x: centre(i) });
    const handle = make("g", {}, well, stem, value, grip);
    svg.append(handle);
    draggableLogit(handle, {
      name: say("Logit of {name}", { name }), plot, x: centre(i), zero: zMid,
      read: () => read(i), at, onMove: (v) => edit(i, v), onDrop: drop,
    });
    return { handle, stem, grip, value };
  });
  if (withLogits) {
    svg.insertBefore(make("line", { class: "axis", x1: left, x2: left + width, y1: zMid, y2: zMid }), logits[0].handle);
    svg.append(
      make("text", { x: 0, y: zMid - 2, class: "side-word" }, "logits"),
      make("text", { x: 0, y: zMid + 13, class: "muted" }, say("drag")),
    );
  }
  replacePlot(plot, svg);

  let axis = "";
  function drawAxis(logScale, floor, y) {
    if (axis === `${logScale} ${floor}`) return;
    axis = `${logScale} ${floor}`;
    const ticks = compact ? [0, 1] : [0, 0.25, 0.5, 0.75, 1];
    const decades = -Math.log10(floor);
    const every = compact ? decades : decades > 6 ? 3 : decades > 3 ? 2 : 1;
    const logs = [];
    for (let d = 0; d <= decades; d += every) logs.push(10 ** -d);
    grid.replaceChildren();
    for (const p of logScale ? logs : ticks) {
      grid.append(
        make("line", { class: p === (logScale ? floor : 0) ? "axis" : "grid", x1: left, x2: left + width, y1: y(p), y2: y(p) }),
        make("text", { class: "muted", x: left - 6, y: y(p) + 4, "text-anchor": "end" }, logScale ? (p === 1 ? "1" : scientific(p)) : String(p)),
      );
    }
    grid.append(make("line", { class: "axis", x1: left, x2: left + width, y1: base, y2: base }));
  }

  function draw(z, T, { logScale, floor, label }) {
    const p = softmax(z, T);
    const y = (v) => (logScale ? head + height * clamp(Math.log10(Math.max(v, 1e-300)) / Math.log10(floor), 0, 1) : base - height * v);
    drawAxis(logScale, floor, y);
    const words = [];
    shapes.forEach(({ rect, value }, i) => {
      const top = Math.min(y(p[i]), base - (p[i] > 1e-4 ? 1 : 0));
      rect.setAttribute("d", barPath(centre(i) - bar / 2, bar, base, top));
      rect.classList.toggle("others", i !== label);
      value.textContent = narrow ? "" : showProbability(p[i]);
      // The label's own bar may reach its diamond: its value then goes inside the bar.
      const inside = i === label && top < head + 20;
      set(value, { y: inside ? top + 22 : top - 5, class: inside ? "value inside" : "value" });
      words.push(`${classes[i]} ${showProbability(p[i])}`);
    });
    mark.setAttribute("transform", `translate(${centre(label)} ${head})`);
    mark.lastChild.toggleAttribute("hidden", narrow);
    shapes.forEach(({ below }, i) => below.classList.toggle("chosen", i === label));
    svg.setAttribute("aria-label", say("Soft targets at T {T}: {values}. The label is {label}.", { T: showT(T), values: words.slice(0, 12).join(", "), label: classes[label] }));
    logits.forEach(({ handle, stem, grip, value }, i) => {
      const at = clamp(zScale(z[i]), zTop - 6, zTop + PLOT.logits + 6);
      stem.setAttribute("d", barPath(centre(i) - bar / 2, bar, zMid, at));
      grip.setAttribute("y", at - 4.5);
      const above = z[i] < 0;
      set(value, { y: above ? zMid - 6 : zMid + 15 });
      value.textContent = narrow ? "" : showNumber(z[i], 1);
      set(handle, { "aria-valuenow": z[i].toFixed(2), "aria-valuetext": say("{logit}, soft target {share}", { logit: showNumber(z[i]), share: showProbability(p[i]) }) });
    });
  }

  return {
    draw,
    set limit(value) {
      limit = value;
    },
    handles: () => {
      axis = "";
    },
  };
}

// Entropy of softmax(z / T) over T; the point of the current T can be dragged.
function entropyCurve(onInput, onDrop) {
  const [left, right, top, height] = [30, 8, 8, 62];
  const line = make("path", { class: "curve" });
  const dot = make("circle", { r: 5.5, class: "dot" });
  const guide = make("line", { class: "guide", y1: top, y2: top + height });
  const high = make("line", { class: "grid" });
  const low = make("line", { class: "axis" });
  const texts = make("g");
  const svg = make("svg", { height: top + height + 18, "aria-hidden": "true" }, high, low, texts, guide, line, dot);
  const value = make("b");
  const node = make("div", { class: "entropy" }, make("h3", {}, say("Entropy"), " ", value), svg);
  let width = 200;
  let drawn = "";
  const { x, steps } = temperatureAxis(svg, { left, right, width: () => width, onInput, onDrop });
  function draw(z, T) {
    width = Math.max(120, svg.clientWidth || node.clientWidth);
    const most = Math.log(z.length);
    const y = (h) => top + height * (1 - h / most);
    // The curve changes with the logits, not with T.
    if (drawn !== `${width} ${z}`) {
      drawn = `${width} ${z}`;
      line.setAttribute("d", `M${steps.map((t) => `${x(t).toFixed(1)},${y(entropy(z, t)).toFixed(1)}`).join("L")}`);
      for (const [node, h] of [[high, most], [low, 0]]) set(node, { x1: left, x2: width - right, y1: y(h), y2: y(h) });
      texts.replaceChildren(
        make("text", { class: "muted", x: left - 5, y: top + 4, "text-anchor": "end" }, (most / Math.LN2).toFixed(1)),
        make("text", { class: "muted", x: left - 5, y: top + height + 4, "text-anchor": "end" }, "0"),
        ...[0.5, 2, 8, 50].map((t) => make("text", { class: "muted", x: x(t), y: top + height + 15, "text-anchor": "middle" }, String(t))),
      );
    }
    set(dot, { cx: x(T), cy: y(entropy(z, T)) });
    set(guide, { x1: x(T), x2: x(T) });
    value.textContent = say("{value} of at most {most} bits", { value: (entropy(z, T) / Math.LN2).toFixed(2), most: (most / Math.LN2).toFixed(2) });
  }
  return { node, draw };
}

// The dark knowledge in words: the wrong classes by weight, and how much likelier one is.
function rankWrong(z, T, label, classes) {
  const p = softmax(z, T);
  const order = p.map((_, i) => i).filter((i) => i !== label).sort((a, b) => z[b] - z[a]);
  const chips = order.slice(0, 3).map((i) => make("span", { class: "chip" }, make("b", {}, classes[i]), ` ${p[i] < 0.0005 ? scientific(p[i]) : `${(100 * p[i]).toFixed(1)} %`}`));
  const parts = [make("span", { class: "row" }, make("span", { class: "h3" }, say("Likeliest wrong")), ...chips)];
  if (order.length > 1) {
    const [first, last] = [order[0], order.at(-1)];
    const gap = z[first] - z[last];
    parts.push(
      make("span", { class: "times" },
        ...sayWith("{first} is {times} likelier than {last}", {
          first: make("b", {}, classes[first]),
          times: make("b", {}, say("{ratio} times", { ratio: showTimes(Math.exp(gap / T)) })),
          last: make("b", {}, classes[last]),
        }),
        make("span", { class: "muted" }, Math.abs(T - 1) < 1e-9 ? "" : say(" (at T = 1: {ratio} times)", { ratio: showTimes(Math.exp(gap)) }))),
    );
  }
  return parts;
}

// Mean soft targets of a whole set, row: true class, column: class the teacher gives weight to.
function heatMap(repaint) {
  const canvas = make("canvas", { tabindex: 0, role: "img" });
  const readout = make("small", { "aria-live": "polite" });
  const title = make("h3", {}, say("Mean soft targets"), " ", readout);
  const legend = make("div", { class: "legend" }, make("span"), make("i", { class: "ramp" }), make("span", {}, "1"));
  const axis = make("span", { class: "muted" }, say("row: true class"));
  const node = make("div", { class: "heat" }, make("div", { class: "row" }, title, make("span", { class: "spring" }), axis, legend), canvas);
  let data = null;
  let theme = null;
  let now = null;
  let cell = null;
  let geometry = null;

  function receive(next, nextTheme) {
    data = next;
    theme = nextTheme;
    if (data.population) read();
  }
  function read() {
    const { classes } = data;
    readout.textContent = cell && now
      ? say("true {truth} → {answer}: {share}", { truth: classes[cell[0]], answer: classes[cell[1]], share: now[cell[0]] ? showProbability(now[cell[0]][cell[1]]) : say("no example") })
      : say("of {count} examples", { count: data.population.logits.length.toLocaleString("en") });
  }
  function draw(T, { logScale, floor, row }) {
    const { classes, population } = data;
    const C = classes.length;
    now = meanSoftTargets(population.logits, population.labels, C, T);
    const widest = Math.max(...classes.map((name) => name.length));
    const gutter = C > 24 ? 4 : Math.min(72, 10 + widest * 7);
    const width = Math.max(120, canvas.parentElement.clientWidth);
    const cellW = (width - gutter) / C;
    const cellH = clamp(Math.min(cellW, 162 / C), 1.5, 40);
    const foot = C > 24 ? 2 : widest > 2 ? 4 : 16;
    const height = C * cellH + foot;
    const ratio = window.devicePixelRatio || 1;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      set(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio), style: `height:${height}px` });
    }
    geometry = { gutter, cellW, cellH, C };
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    const full = theme.dark ? [93, 180, 234] : [0, 90, 150];
    const colour = (t) => `rgb(${theme.background.map((v, k) => Math.round(v + (full[k] - v) * (0.04 + 0.96 * t))).join(",")})`;
    const shades = Array.from({ length: 256 }, (_, i) => colour(i / 255)); // texts are dear, 10,000 cells many
    // The linear scale ends at the largest value, so that rows still differ where T has softened all.
    const most = Math.max(2 / C, ...now.map((line) => (line ? Math.max(...line) : 0)));
    const strength = (p) => (logScale ? clamp(1 - Math.log10(Math.max(p, 1e-300)) / Math.log10(floor), 0, 1) : p / most);
    const inset = cellH > 8 ? 1 : 0;
    now.forEach((line, r) => {
      for (let c = 0; c < C; c++) {
        pen.fillStyle = line ? shades[Math.round(255 * strength(line[c]))] : "transparent";
        pen.fillRect(gutter + c * cellW, r * cellH, cellW - inset, cellH - inset);
      }
    });
    pen.fillStyle = `rgb(${theme.ink.join(",")})`;
    pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
    pen.textBaseline = "middle";
    if (C <= 24) {
      classes.forEach((name, i) => {
        pen.textAlign = "right";
        pen.fillText(name, gutter - 5, (i + 0.5) * cellH - 0.5, gutter - 6);
        if (foot === 16) {
          pen.textAlign = "center";
          pen.fillText(name, gutter + (i + 0.5) * cellW, C * cellH + 8);
        }
      });
    }
    pen.strokeStyle = `rgb(${theme.ink.join(",")})`;
    pen.lineWidth = cellH > 6 ? 1.5 : 0.5;
    pen.strokeRect(gutter - 0.5, row * cellH - 0.5, width - gutter, cellH);
    if (cell) pen.strokeRect(gutter + cell[1] * cellW - 0.5, cell[0] * cellH - 0.5, cellW, cellH);
    legend.firstChild.textContent = logScale ? scientific(floor) : "0";
    legend.lastChild.textContent = logScale ? "1" : most.toFixed(2);
    legend.children[1].style.background = `linear-gradient(to right, ${colour(0)}, ${colour(1)})`;
    canvas.setAttribute("aria-label", say("Mean soft targets at T {T}, {C} by {C} classes. Arrow keys read the cells.", { T: showT(T), C }));
    read();
  }
  const look = (next) => {
    cell = next;
    repaint();
  };
  canvas.onpointermove = (event) => {
    if (!geometry) return;
    const box = canvas.getBoundingClientRect();
    const c = Math.floor((event.clientX - box.left - geometry.gutter) / geometry.cellW);
    const r = Math.floor((event.clientY - box.top) / geometry.cellH);
    const inside = c >= 0 && r >= 0 && c < geometry.C && r < geometry.C;
    if (inside !== Boolean(cell) || (inside && (cell[0] !== r || cell[1] !== c))) look(inside ? [r, c] : null);
  };
  canvas.onpointerleave = () => look(null);
  canvas.onblur = () => look(null);
  canvas.onkeydown = (event) => {
    const move = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
    if (!move || !geometry) return;
    event.preventDefault();
    const from = cell ?? [0, 0];
    look(cell ? from.map((v, k) => clamp(v + move[k], 0, geometry.C - 1)) : from);
  };
  return { node, receive, draw };
}
