// The pictures of the loss component: the formula with its numbers, the columns (logits, softmax,
// gradient), the gradient norm over T, and the loss over steps.

// Typeset text: variables, subscripts. For constant texts of these files only.
function mathText(text) {
  const span = make("span");
  span.innerHTML = text;
  return span;
}

// L = (1 - alpha) CE + alpha T^2 KL, symbols above, live numbers below, in either convention.
function lossFormula(convention) {
  const CE = "CE(<var>y</var>, <var>z</var><sub>s</sub>)";
  const KL = "KL(softmax(<var>z</var><sub>t</sub>/<var>T</var>) ‖ softmax(<var>z</var><sub>s</sub>/<var>T</var>))";
  const term = (name, symbol, look = "") => {
    const number = make("span", { class: "number" });
    const above = mathText(symbol);
    return { name, above, number, node: make("span", { class: `term ${look}` }, above, number) };
  };
  const sign = (text) => make("span", { class: "term sign" }, make("span", {}, text), make("span", { class: "number" }, text));
  const total = term("total", "<var>L</var>", "distilled-text strong");
  const hardWeight = term("hardWeight", "");
  const hard = term("hard", CE, "labels-text");
  const softWeight = term("softWeight", "");
  const square = term("square", "<var>T</var>²", "teacher-text");
  const kl = term("kl", KL, "teacher-text");
  const line = make("div", { class: "line-of-terms", role: "img" },
    make("span", { class: "part" }, total.node, sign("=")),
    make("span", { class: "part" }, hardWeight.node, sign("·"), hard.node, sign("+")),
    make("span", { class: "part" }, softWeight.node, sign("·"), square.node, sign("·"), kl.node));
  const share = make("div", { class: "share", "aria-hidden": "true" }, make("span", { class: "hard-share" }), make("span", { class: "soft-share" }));
  const node = make("div", { class: "formula" }, line, share, convention);
  const small = (v) => (v === 0 || v >= 0.0005 ? v.toFixed(3) : scientific(v, 1));
  let written = "";
  function draw(loss, alpha, T, chosen) {
    if (chosen !== written) {
      written = chosen;
      const [a, b] = ["<var>α</var>", "(1 − <var>α</var>)"];
      hardWeight.above.innerHTML = written === "teacher" ? b : a;
      softWeight.above.innerHTML = written === "teacher" ? a : b;
    }
    total.number.textContent = small(loss.total);
    hardWeight.number.textContent = (1 - alpha).toFixed(2);
    hard.number.textContent = small(loss.hard);
    softWeight.number.textContent = alpha.toFixed(2);
    square.number.textContent = T * T >= 1e5 ? scientific(T * T, 1) : String(Number((T * T).toPrecision(4)));
    kl.number.textContent = small(loss.kl);
    const [h, s] = [(1 - alpha) * loss.hard, alpha * loss.soft];
    const widths = h + s > 0 ? [h / (h + s), s / (h + s)] : [0, 0];
    [...share.children].forEach((bar, i) => {
      bar.style.width = `${100 * widths[i]}%`;
      bar.textContent = widths[i] > 0.22 ? `${i ? say("teacher's part") : say("label's part")} ${small(i ? s : h)}` : "";
    });
    line.setAttribute("aria-label", say("L {total} = {hardWeight} times cross-entropy {hard} + {softWeight} times T squared {square} times KL {kl}", {
      total: small(loss.total), hardWeight: (1 - alpha).toFixed(2), hard: small(loss.hard), softWeight: alpha.toFixed(2), square: square.number.textContent, kl: small(loss.kl),
    }));
  }
  return { node, draw };
}

// Every word of the formula, said once below it.
function lossGlossary() {
  const entry = (name, ...text) => make("span", {}, make("b", {}, name), say(": "), ...text, say(". "));
  return make("p", { class: "muted glossary" },
    entry("L", say("the loss, how far the student is from what is asked of it; training makes it small")),
    entry("Logits", mathText("<var>z</var>"), say(", a network's scores, one for each class, here of student (s) and teacher (t)")),
    entry("Softmax", say("turns scores into probabilities")),
    entry("CE", say("cross-entropy, how little the student believes in the label "), mathText("<var>y</var>")),
    entry("KL", say("Kullback-Leibler divergence, how far the student's softened answer is from the teacher's")),
    entry(say("Gradient"), say("how L changes with each logit; a step goes against it")));
}

const PANEL = { left: 72, logits: 98, soft: 50, gradient: 98, gap: 14 };

// Three rows on the same columns: logits of both (dragged), softmax(z / T) of both, gradients.
function lossPanels(plot, { classes, still, shown, edit, drop, look }) {
  const C = classes.length;
  const width = Math.max(200, plot.clientWidth - PANEL.left - 4);
  const column = width / C;
  const band = classBand(classes, column);
  const pair = Math.min(20, column * 0.36);
  const third = Math.min(13, column * 0.25);
  const centre = (i) => PANEL.left + column * (i + 0.5);
  const zMid = 8 + PANEL.logits / 2;
  const namesY = 8 + PANEL.logits + 18;
  const pTop = namesY + band.height - 10 + 6;
  const pBase = pTop + PANEL.soft;
  const gTop = pBase + PANEL.gap;
  const gMid = gTop + PANEL.gradient / 2;
  const total = gTop + PANEL.gradient + 6;
  let zLimit = 10;
  let gLimit = 1;
  let over = null;

  const svg = make("svg", { height: total, viewBox: `0 0 ${width + PANEL.left + 4} ${total}`, preserveAspectRatio: "xMinYMin", role: "group", "aria-label": say("Logits, soft targets and gradients") });
  const stripes = make("g");
  const line = (y, look) => make("line", { class: look, x1: PANEL.left, x2: PANEL.left + width, y1: y, y2: y });
  svg.append(stripes, line(zMid, "axis"), line(pTop, "grid"), line(pBase, "axis"), line(gMid, "axis"), line(gTop, "grid"), line(gTop + PANEL.gradient, "grid"));
  const word = (x, y, text, look = "") => make("text", { x, y, class: look }, text);
  const pMost = word(PANEL.left - 6, pTop + 4, "1", "muted");
  const gHigh = word(PANEL.left - 6, gTop + 4, "", "muted");
  const gLow = word(PANEL.left - 6, gTop + PANEL.gradient + 4, "", "muted");
  for (const node of [pMost, gHigh, gLow]) node.setAttribute("text-anchor", "end");
  // The words left of each row are its legend.
  const rowWords = (middle, ...lines) => lines.forEach(([text, look], k) => svg.append(word(0, middle + 4 + 14 * (k - (lines.length - 1) / 2), text, look)));
  rowWords(zMid, ["logits", "row-word"], [say("teacher"), "teacher-text"], [say("student"), "distilled-text"], [still ? "" : say("(drag)"), "muted"]);
  rowWords(pTop + PANEL.soft / 2, ["softmax", "row-word"], [say("of z/T"), "muted"]);
  rowWords(gMid, [say("gradient"), "row-word"], [say("label’s part"), "labels-text"], [say("teacher’s"), "teacher-text"], [say("of L"), "distilled-text"], [say("◇ large T"), "muted"]);
  svg.append(pMost, gHigh, gLow);

  const at = (clientY) => ((zMid - yIn(svg, total, clientY)) / (PANEL.logits / 2)) * zLimit;
  const cells = classes.map((name, i) => {
    const stripe = make("rect", { class: "stripe", x: PANEL.left + column * i, width: column, y: 0, height: total });
    stripes.append(stripe);
    const nameText = make("text", { class: "name" }, name);
    placeName(nameText, band, centre(i), namesY, i);
    const paths = {};
    for (const [id, look] of [["pt", "teacher"], ["ps", "distilled"], ["hard", "labels"], ["soft", "teacher"], ["sum", "distilled"]]) {
      paths[id] = make("path", { class: look });
      svg.append(paths[id]);
    }
    const limit = make("path", { class: "limit" });
    const arrow = make("path", { class: "arrow" });
    svg.append(limit, nameText);
    const handles = ["teacher", "student"].map((whose, k) => {
      const x = centre(i) + (k ? 1 : -1 - pair);
      const well = make("rect", { class: "well", x: k ? centre(i) : centre(i) - column / 2, width: column / 2, y: 2, height: PANEL.logits + 12 });
      const stem = make("path", { class: `stem ${whose}-stem` });
      const grip = make("rect", { class: `grip ${k ? "distilled" : "teacher"}`, x: x - 1, width: pair + 2, height: 8, rx: 4 });
      const node = make("g", {}, well, stem, grip);
      svg.append(node);
      const key = k ? "zs" : "zt";
      if (!still) {
        draggableLogit(node, {
          name: k ? say("Student's logit of {name}", { name }) : say("Teacher's logit of {name}", { name }), plot, x: centre(i), zero: zMid,
          read: () => shown[key][i], at, onMove: (v) => edit(whose, i, v), onDrop: drop,
        });
      }
      return { node, stem, grip, x, key };
    });
    svg.append(arrow);
    return { stripe, nameText, paths, limit, arrow, handles };
  });
  const columnAt = (event) => {
    const i = Math.floor((event.clientX - svg.getBoundingClientRect().left - PANEL.left) / column);
    return i >= 0 && i < C ? i : null;
  };
  svg.onpointermove = svg.onpointerdown = (event) => {
    const next = columnAt(event);
    if (next !== over) {
      over = next;
      look();
    }
  };
  svg.onpointerleave = () => {
    over = null;
    look();
  };
  replacePlot(plot, svg);

  function fit({ zt, zs }) {
    zLimit = Math.max(10, 5 * Math.ceil((Math.max(...zt.map(Math.abs), ...zs.map(Math.abs)) + 0.5) / 5));
  }

  function parts({ T, alpha, zt, zs }, label) {
    return { hard: hardGradient(zs, label), soft: softGradient(zt, zs, T), sum: lossGradient(zt, zs, label, alpha, T), limit: largeTGradient(zt, zs), pt: softmax(zt, T), ps: softmax(zs, T) };
  }

  function draw(now, label) {
    const g = parts(now, label);
    const zY = (v) => clamp(zMid - (v / zLimit) * (PANEL.logits / 2), 0, PANEL.logits + 16);
    // The gradient's axis: the smallest round number that holds all bars.
    const most = Math.max(...[g.hard, g.soft, g.sum, g.limit].flat().map(Math.abs));
    gLimit = [0.5, 1, 2, 3, 5, 10, 20, 50, 100].find((v) => v >= most) ?? Math.ceil(most / 100) * 100;
    const gY = (v) => gMid - (v / gLimit) * (PANEL.gradient / 2);
    gHigh.textContent = `+${gLimit}`;
    gLow.textContent = `−${gLimit}`;
    const pAxis = [0.25, 0.5, 1].find((v) => v >= Math.max(...g.pt, ...g.ps));
    pMost.textContent = String(pAxis ?? 1);
    const pY = (v) => pBase - (v / (pAxis ?? 1)) * PANEL.soft;
    cells.forEach((cell, i) => {
      const x = centre(i);
      cell.stripe.classList.toggle("over", over === i);
      cell.nameText.classList.toggle("chosen", i === label);
      const name = i === label && column >= 30 && !band.slant ? `◆ ${classes[i]}` : classes[i];
      if (cell.nameText.textContent !== name) cell.nameText.textContent = name;
      for (const { node, stem, grip, x: left, key } of cell.handles) {
        const z = now[key][i];
        stem.setAttribute("d", barPath(left, pair, zMid, zY(z)));
        grip.setAttribute("y", zY(z) - 4);
        set(node, { "aria-valuenow": z.toFixed(2), "aria-valuetext": showNumber(z) });
      }
      cell.paths.pt.setAttribute("d", barPath(x - 1 - pair, pair, pBase, Math.min(pY(g.pt[i]), pBase - 0.5)));
      cell.paths.ps.setAttribute("d", barPath(x + 1, pair, pBase, Math.min(pY(g.ps[i]), pBase - 0.5)));
      ["hard", "soft", "sum"].forEach((id, k) => cell.paths[id].setAttribute("d", barPath(x + (k - 1.5) * (third + 1), third, gMid, gY(g[id][i]))));
      cell.limit.setAttribute("d", diamondPath(x, gY(g.limit[i]), Math.min(4, third / 2)));
      // Where one gradient step would take the student's logit.
      const [from, to] = [zY(now.zs[i]), zY(now.zs[i] - g.sum[i])];
      const ax = x + 1 + pair + 3.5;
      const s = Math.sign(to - from);
      cell.arrow.setAttribute("d", Math.abs(to - from) < 2.5 || column < 26 ? "" : `M${ax},${from}V${to}M${ax - 3},${to - 3.5 * s}L${ax},${to}L${ax + 3},${to - 3.5 * s}`);
    });
  }

  function describe(now, label) {
    if (over === null) return say("Point at a class, or tap it, to read its numbers. A bar of the gradient that goes down pushes the student's logit up.");
    const g = parts(now, label);
    return say("{name}: logits {teacher} and {student}; gradient of the label's part {hard}, of the teacher's {soft}, of L {sum}", {
      name: classes[over], teacher: showNumber(now.zt[over]), student: showNumber(now.zs[over]), hard: showNumber(g.hard[over], 3), soft: showNumber(g.soft[over], 3), sum: showNumber(g.sum[over], 3),
    });
  }

  return { draw, fit, describe };
}

// Norm of the soft part's gradient over T on two log axes, with and without T^2. Dragging sets T.
function normPlot(onInput, onDrop) {
  const [left, right, top, height] = [42, 10, 6, 118];
  const curves = { bare: "curve bare", scaled: "curve scaled", hard: "curve of-labels", limit: "curve of-limit" };
  for (const id in curves) curves[id] = make("path", { class: curves[id] });
  const dots = [make("circle", { r: 5, class: "dot" }), make("circle", { r: 5, class: "dot hollow" })];
  const guide = make("line", { class: "guide", y1: top, y2: top + height });
  const grid = make("g");
  const svg = make("svg", { height: top + height + 20, role: "img" }, grid, curves.hard, curves.limit, guide, curves.bare, curves.scaled, ...dots);
  const words = make("p", { class: "muted" });
  const key = (look, text) => make("span", { class: "key" }, make("i", { class: look }), text);
  const legend = make("div", { class: "row legend" }, key("k-scaled", say("with T²")), key("k-bare", say("without T²")), key("k-labels", say("label's part")), key("k-limit", say("limit of large T")));
  const node = make("div", { class: "norms" }, make("h3", {}, say("Size of the teacher's gradient"), " ", make("small", {}, say("its norm (length as a vector) over T, log axes"))), svg, legend, words);
  let width = 200;
  let drawn = ""; // what the grid was drawn for
  const { x, steps } = temperatureAxis(svg, { left, right, width: () => width, onInput, onDrop });
  function draw(zt, zs, label, T) {
    width = Math.max(160, svg.clientWidth || node.clientWidth);
    const level = (v) => steps.map(() => v);
    const scaledAt = (t) => norm(softGradient(zt, zs, t));
    const scaled = steps.map(scaledAt);
    const values = { scaled, bare: scaled.map((v, i) => v / steps[i] ** 2), hard: level(norm(hardGradient(zs, label))), limit: level(norm(largeTGradient(zt, zs))) };
    // Whole decades that hold the curves; nothing below a millionth of the top is of interest.
    const all = Object.values(values).flat().filter((v) => v > 0);
    const high = all.length ? Math.ceil(Math.log10(Math.max(...all)) - 1e-9) : 0;
    const low = all.length ? Math.max(high - 6, Math.min(high - 2, Math.floor(Math.log10(Math.min(...all))))) : -2;
    const y = (v) => top + (height * (high - clamp(Math.log10(Math.max(v, 1e-300)), low, high))) / (high - low);
    if (drawn !== `${width} ${low} ${high}`) {
      drawn = `${width} ${low} ${high}`;
      grid.replaceChildren(make("line", { class: "axis", x1: left, x2: width - right, y1: top + height, y2: top + height }));
      const every = high - low > 4 ? 2 : 1;
      for (let d = high; d >= low; d -= every) {
        grid.append(make("line", { class: "grid", x1: left, x2: width - right, y1: y(10 ** d), y2: y(10 ** d) }));
        grid.append(make("text", { class: "muted", x: left - 6, y: y(10 ** d) + 4, "text-anchor": "end" }, d >= -2 && d <= 2 ? String(Number((10 ** d).toFixed(2))) : `10${superscript(d)}`));
      }
      for (const t of T_TICKS) grid.append(make("text", { class: "muted", x: x(t), y: top + height + 15, "text-anchor": "middle" }, String(t)));
    }
    for (const id in curves) curves[id].setAttribute("d", `M${values[id].map((v, i) => `${x(steps[i]).toFixed(1)},${y(v).toFixed(1)}`).join("L")}`);
    const now = scaledAt(T);
    set(dots[0], { cx: x(T), cy: y(now) });
    set(dots[1], { cx: x(T), cy: y(now / T ** 2) });
    set(guide, { x1: x(T), x2: x(T) });
    const few = (v) => (v === 0 ? "0" : v < 0.001 ? scientific(v, 1) : v < 100 ? v.toPrecision(2) : String(Math.round(v)));
    words.textContent = say("At T = {T}: {scaled} with T², {bare} without; label's part {hard}.", { T: showT(T), scaled: few(now), bare: few(now / T ** 2), hard: few(values.hard[0]) });
    svg.setAttribute("aria-label", say("Gradient norm over T. {words}", { words: words.textContent }));
  }
  return { node, draw };
}

// L over the steps taken since anything else was changed.
function sparkline() {
  const line = make("path", { class: "spark" });
  const dot = make("circle", { r: 3, class: "spark-dot" });
  const svg = make("svg", { width: 84, height: 26, "aria-hidden": "true" }, line, dot);
  const words = make("span", { class: "muted" });
  const node = make("span", { class: "sparks" }, svg, words);
  function draw(values, steps) {
    node.hidden = steps === 0;
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const x = (i) => 4 + (76 * i) / Math.max(1, values.length - 1);
    const y = (v) => 22 - (18 * (v - low)) / Math.max(high - low, 1e-12);
    line.setAttribute("d", `M${values.map((v, i) => `${x(i).toFixed(1)},${y(v).toFixed(1)}`).join("L")}`);
    set(dot, { cx: x(values.length - 1), cy: y(values.at(-1)) });
    words.textContent = `L ${values[0].toFixed(3)} → ${values.at(-1).toFixed(3)} ${steps === 1 ? say("in 1 step") : say("in {steps} steps", { steps })}`;
  }
  return { node, draw };
}
