// The picture of both densities: the teacher's two modes filled, the student a line with two grips,
// one for its mean at the top, one for its width on its right flank.

const SPAN = 7.5; // the line that is drawn, from -SPAN to SPAN
const DRAWN = lineOf(SPAN, 301);
const BAND = { top: 20, height: 210, foot: 24 };

const told = (v, digits = 2) => showNumber(v, digits);

// Make an SVG group a slider that is dragged over a plane. `at(event)` turns a place on screen into
// what `onMove` takes; `steps` maps a key to what it takes, null for keys that mean nothing.
function draggedInPlane(handle, { at, grab, onMove, onDrop, steps, onType = () => {} }) {
  handle.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const [from, own] = [at(event), grab()];
    let moved = false;
    handle.onpointermove = (move) => {
      moved = true;
      const to = at(move);
      onMove([own[0] + to[0] - from[0], own[1] + to[1] - from[1]]);
    };
    handle.onpointerup = handle.onpointercancel = () => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
      if (moved) onDrop();
    };
  };
  handle.ondblclick = onType;
  handle.onkeydown = (event) => {
    if (event.key === "Enter") onType();
    else if (!steps(event.key)) return;
    event.preventDefault();
    if (event.key !== "Enter") onDrop();
  };
}

const KEY_STEPS = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

// read(): the student on screen; edit({mean} or {sigma}), drop().
function densityPlot(plot, { lab, hidden, read, edit, drop }) {
  const width = Math.max(260, plot.clientWidth);
  const { top, height, foot } = BAND;
  const total = top + height + foot;
  const base = top + height;
  const x = (v) => ((v + SPAN) / (2 * SPAN)) * width;
  let most = 0.5;
  const y = (density) => base - Math.min(density / most, 1.06) * height;

  const grid = make("g");
  for (let v = -6; v <= 6; v += 2) {
    grid.append(
      make("line", { class: "grid", x1: x(v), x2: x(v), y1: top, y2: base }),
      make("text", { class: "muted", x: x(v), y: base + 16, "text-anchor": "middle" }, told(v, 0)),
    );
  }
  const teacher = make("path", { class: "teacher-area" });
  const outline = make("path", { class: "teacher-line" });
  const ghosts = make("g", { class: "ghosts" });
  const student = make("path", { class: "student-line" });
  const svg = make("svg", { height: total, viewBox: `0 0 ${width} ${total}`, preserveAspectRatio: "xMinYMin", role: "group" },
    grid, teacher, outline, make("line", { class: "axis", x1: 0, x2: width, y1: base, y2: base }), ghosts, student);

  const knobs = ["mean", "sigma"].map((what) => {
    const stem = make("line", { class: "stem" });
    const grip = make("circle", { class: "grip distilled", r: 8 });
    const sign = make("text", { class: "sign", "aria-hidden": "true" }, what === "mean" ? "μ" : "σ");
    const node = make("g", { class: "handle across" }, stem, grip, sign);
    const still = hidden(what);
    if (!still) {
      const name = what === "mean" ? "Mean μ of the student" : "Width σ of the student";
      const [low, high] = lab[what];
      set(node, { role: "slider", tabindex: 0, "aria-label": name, "aria-valuemin": low, "aria-valuemax": high });
      const move = (v) => edit({ [what]: clamp(v, low, high) });
      const take = (v) => (move(v), drop(), node.focus());
      draggedInPlane(node, {
        at: (event) => [((event.clientX - svg.getBoundingClientRect().left) / svg.getBoundingClientRect().width) * 2 * SPAN, 0],
        grab: () => [read()[what], 0],
        onMove: ([v]) => move(v),
        onDrop: drop,
        steps: (key) => {
          if (key in KEY_STEPS) move(Math.round(20 * read()[what] + KEY_STEPS[key] * (what === "mean" ? 2 : 1)) / 20);
          else if (key === "Home" || key === "End") move(key === "Home" ? low : high);
          else return false;
          return true;
        },
        onType: () => typeOver(plot, { left: clamp(x(read().mean) - 32, 0, width - 64), top: top + 30, value: Number(read()[what].toFixed(2)), limit: 10, name, onTake: take }),
      });
    }
    svg.append(node);
    return { what, still, node, stem, grip, sign };
  });
  replacePlot(plot, svg);

  const pathOf = (densities) => `M${Array.from(DRAWN, (v, i) => `${x(v).toFixed(1)},${y(densities[i]).toFixed(1)}`).join("L")}`;
  const densityOf = (one) => logGaussian(DRAWN, one).map(Math.exp);
  const tip = (one) => 1 / (one.sigma * ROOT);

  // others: students that are on their way from other starts.
  function draw(mixture, now, others) {
    const p = logMixture(DRAWN, mixture).map(Math.exp);
    const highest = Math.max(...p);
    most = 1.1 * Math.max(highest, Math.min(tip(now), 2.2 * highest));
    const line = pathOf(p);
    teacher.setAttribute("d", `${line}L${width},${base}L0,${base}Z`);
    outline.setAttribute("d", line);
    student.setAttribute("d", pathOf(densityOf(now)));
    ghosts.replaceChildren(...others.map((one) => make("path", { d: pathOf(densityOf(one)) })));
    for (const { what, still, node, stem, grip, sign } of knobs) {
      const at = what === "mean" ? now.mean : now.mean + now.sigma;
      const density = what === "mean" ? tip(now) : tip(now) * Math.exp(-0.5);
      const [cx, cy] = [x(clamp(at, -SPAN, SPAN)), y(density)];
      set(grip, { cx, cy, visibility: still ? "hidden" : null });
      set(sign, { x: cx + 11, y: cy - 8 });
      set(stem, { x1: what === "mean" ? cx : x(now.mean), x2: cx, y1: what === "mean" ? base : cy, y2: cy });
      if (!still) set(node, { "aria-valuenow": now[what].toFixed(2), "aria-valuetext": told(now[what]) });
    }
    svg.setAttribute("aria-label", spoken(mixture, now));
  }
  return { draw };
}

// Both densities in words.
function spoken({ weight, distance, width }, { mean, sigma }) {
  const half = distance / 2;
  const modes = weight === 0 || weight === 1 || distance === 0
    ? `one mode at ${told(distance === 0 ? 0 : weight ? -half : half)}`
    : `modes at ${told(-half)} with weight ${told(weight)} and at ${told(half)} with ${told(1 - weight)}`;
  return `Densities of teacher and student. The teacher has ${modes}, each ${told(width)} wide; the student is a Gaussian with mean ${told(mean)} and width ${told(sigma)}.`;
}
