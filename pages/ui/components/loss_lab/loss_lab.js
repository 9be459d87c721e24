// The distillation loss of one example, with its gradient, redrawn while anything is dragged.
// data: classes, examples (teacher logits, M x C), labels (M), images or null, start (student
// logits, C), help, hide; and temperature, alpha, index, teacher, student (edited logits, or null),
// convention, view, to adopt when `revision` is new.

const STEP_SIZE = 1; // plain gradient descent on z_s; both parts have curvature at most 1/2

function createLossLab(root, send) {
  let data = null;
  let stopTween = () => {};
  const state = { T: 4, alpha: 0.9, index: 0, teacher: null, student: null, convention: "teacher", view: "plain" };
  const shown = { T: 4, alpha: 0.9, zt: [], zs: [] };
  let trail = []; // L before each step, for the sparkline
  let panels = null;
  let built = ""; // the view that they are of
  const commit = committer(send);
  const paint = painter(root, draw);
  const hidden = (name) => data.hide.includes(name);
  const label = () => data.labels[state.index];
  const teacher = () => state.teacher ?? data.examples[state.index];
  const student = () => state.student ?? data.start;
  const tell = () => commit({ temperature: niceT(state.T), alpha: state.alpha, index: state.index, teacher: threeDecimals(state.teacher), student: threeDecimals(state.student), convention: state.convention, view: state.view, revision: data.revision });
  const lossNow = () => distillationLoss(teacher(), student(), label(), state.alpha, state.T).total;

  const examples = gallery((index) => {
    Object.assign(state, { index, teacher: null, student: null });
    trail = [];
    examples.draw(index);
    glide();
    tell();
  });
  const temperature = temperatureSlider({ onInput: (T) => jump({ T }), onCommit: (T, far) => ((far ? glide : jump)({ T }), tell()) });
  // The slider always goes from the labels (left) to the teacher (right). The other convention
  // counts from the other end: the same loss, another number. Only what is written changes.
  const written = (alpha) => (state.convention === "teacher" ? alpha : 1 - alpha);
  const alphaSlider = slider({
    label: [say("Weight "), make("var", {}, "α")],
    name: say("Weight α"),
    low: 0,
    high: 1,
    step: 0.01,
    scale: { to: (a) => a, from: (x) => Math.round(x * 100) / 100 },
    show: (a) => written(a).toFixed(2),
    parse: (text) => Math.round(written(Number(text.replace(",", ".").trim() || NaN)) * 1000) / 1000,
    onInput: (alpha) => jump({ alpha }),
    onCommit: (alpha) => (jump({ alpha }), tell()),
  });
  const ends = make("div", { class: "ends" }, make("span", {}), make("span", {}));
  alphaSlider.node.append(ends);
  const convention = switcher(say("What alpha weighs"), [
    ["teacher", say("α on the teacher"), say("L = (1 − α) CE + α T² KL, as everywhere in this lab")],
    ["labels", say("α on the labels"), say("L = α CE + (1 − α) T² KL, as in Keras and torchdistill")],
  ], (value) => {
    state.convention = value;
    paint();
    tell();
  });

  const view = switcher(say("How it is shown"), [
    ["plain", say("In plain words"), say("What the label asks, what the teacher asks, and what both ask together")],
    ["mathematics", say("With the mathematics"), say("The formula, its gradient, and why the teacher's part is multiplied by T²")],
  ], (value) => {
    state.view = value;
    arrange();
    build();
    paint();
    tell();
  });
  const plain = () => state.view === "plain";

  const formula = lossFormula(convention);
  const words = plainWords();
  const glossary = lossGlossary();
  const plot = make("div", { class: "plot" });
  const readout = make("p", { class: "muted line", "aria-live": "polite" });
  const stepButton = make("button", { type: "button", class: "primary", onclick: () => step(1) }, say("One step"));
  const manyButton = make("button", { type: "button", onclick: () => step(10) }, say("10 steps"));
  const resetButton = make("button", { type: "button", onclick: () => reset() }, say("Reset"));
  const spark = sparkline();
  const buttons = make("div", { class: "row steps" }, stepButton, manyButton, resetButton, spark.node);
  const norms = normPlot((T) => hidden("temperature") || jump({ T }), () => hidden("temperature") || tell());
  const limit = make("p", { class: "limit-words" });
  const follow = make("p", { class: "muted follow" });
  const side = make("div", { class: "side" }, words.node, buttons, follow, norms.node, limit);
  const choice = make("div", { class: "row choice" }, view);
  const parts = { temperature: temperature.node, alpha: alphaSlider.node, convention, step: buttons, view: choice };
  const ofMathematics = { formula: formula.node, norm: norms.node, limit };
  root.append(
    make("div", { class: "top" }, examples.big, make("div", { class: "steer" }, examples.strip, make("div", { class: "two" }, temperature.node, alphaSlider.node))),
    choice,
    formula.node,
    glossary,
    make("div", { class: "main" }, make("div", { class: "left" }, plot, readout), side),
  );

  function jump(change) {
    stopTween();
    Object.assign(state, change);
    trail = [];
    sync();
    paint();
  }
  function sync() {
    Object.assign(shown, { T: state.T, alpha: state.alpha, zt: teacher(), zs: student() });
  }
  function glide(change = {}) {
    stopTween();
    if ("T" in change) trail = [];
    Object.assign(state, change);
    const from = { ...shown };
    const mix = (a, b, t) => b.map((v, i) => (a[i] ?? v) + t * (v - (a[i] ?? v)));
    stopTween = tween(380, (t) => {
      shown.T = t === 1 ? state.T : Math.exp(Math.log(from.T) * (1 - t) + Math.log(state.T) * t);
      shown.alpha = from.alpha + t * (state.alpha - from.alpha);
      shown.zt = mix(from.zt, teacher(), t);
      shown.zs = mix(from.zs, student(), t);
      paint();
    }, () => (panels.fit(shown), paint()));
  }
  function step(count) {
    for (let n = 0; n < count; n++) {
      trail.push(lossNow());
      const g = lossGradient(teacher(), student(), label(), state.alpha, state.T);
      state.student = student().map((v, i) => clamp(v - STEP_SIZE * g[i], -60, 60));
    }
    glide();
    tell();
  }
  function reset() {
    Object.assign(state, { teacher: null, student: null });
    trail = [];
    glide();
    tell();
  }
  function edit(whose, i, value) {
    stopTween();
    const z = [...(whose === "teacher" ? teacher() : student())];
    z[i] = Number(value.toFixed(2));
    state[whose] = z;
    trail = [];
    sync();
    paint();
  }

  function receive(next) {
    const before = data;
    data = next;
    const theme = readTheme(root);
    temperature.explain(data.help.temperature);
    alphaSlider.explain(data.help.alpha);
    const other = !before || JSON.stringify([before.classes, before.examples, before.labels, before.start]) !== JSON.stringify([data.classes, data.examples, data.labels, data.start]);
    if (!before || before.revision !== data.revision) {
      commit.stop();
      stopTween();
      trail = [];
      Object.assign(state, { T: data.temperature, alpha: data.alpha, index: data.index, teacher: data.teacher, student: data.student, convention: data.convention, view: data.view });
      if (before && !other) glide();
    }
    state.index = Math.min(state.index, data.labels.length - 1);
    for (const whose of ["teacher", "student"]) if (state[whose]?.length !== data.classes.length) state[whose] = null;
    examples.receive(data, theme, hidden("examples"));
    examples.draw(state.index);
    arrange();
    if (other || state.view !== built) {
      stopTween();
      sync();
      build();
    }
    paint();
  }

  // What the view has, without what the link hides.
  function arrange() {
    for (const name in parts) parts[name].hidden = hidden(name);
    for (const name in ofMathematics) ofMathematics[name].hidden = plain() || hidden(name);
    glossary.hidden = plain();
    words.node.hidden = !plain();
    follow.hidden = !plain() || buttons.hidden;
    follow.textContent = say("A step moves the student's score for each class along its arrow in the last row.");
    side.hidden = !plain() && norms.node.hidden && limit.hidden && buttons.hidden;
  }

  function build() {
    built = state.view;
    panels = plain() ? plainPanels(plot, { classes: data.classes, says: !hidden("temperature"), look: () => paint() }) : lossPanels(plot, { classes: data.classes, still: hidden("logits"), shown, edit, drop: () => (panels.fit(shown), paint(), tell()), look: () => paint() });
    panels.fit(shown);
  }

  function draw() {
    const { T, alpha, zt, zs } = shown;
    const loss = distillationLoss(zt, zs, label(), alpha, T);
    temperature.draw(T);
    alphaSlider.draw(alpha);
    convention.draw(state.convention);
    const atEnds = state.convention === "teacher" ? [say("α = 0: labels only"), say("α = 1: teacher only")] : [say("α = 1: labels only"), say("α = 0: teacher only")];
    atEnds.forEach((text, i) => (ends.children[i].textContent = text));
    view.draw(state.view);
    formula.draw(loss, alpha, T, state.convention);
    if (plain()) words.draw(shown, label(), data.classes);
    panels.draw(shown, label());
    readout.textContent = panels.describe(shown, label());
    if (!norms.node.hidden) norms.draw(zt, zs, label(), T);
    const target = largeTGradient(zt, zs);
    const soft = softGradient(zt, zs, T);
    const away = norm(soft.map((g, i) => g - target[i])) / Math.max(norm(target), 1e-12);
    const left = away < 0.0095 ? say("less than 1") : showTimes(100 * away).replace(/\.0$/, "");
    limit.replaceChildren(
      make("b", {}, say("Large T: ")),
      say("the teacher's gradient tends to that of logit regression, which makes the student's logits equal to the teacher's: "),
      mathText("(<var>z</var><sub>s</sub> − <var>z</var><sub>t</sub>)/<var>C</var>"),
      say(", the diamonds, of centred logits (their mean is subtracted). "),
      norm(target) < 1e-9 ? say("Here both agree, and nothing is left to learn.") : say("Here it is {left} % away from it.", { left }),
    );
    resetButton.disabled = !state.student && !state.teacher;
    spark.draw([...trail, loss.total], trail.length);
  }

  return { receive, resize: () => data && (build(), paint()), end: () => (stopTween(), paint.stop(), commit.stop()) };
}

export default function (component) {
  return mount(component, createLossLab);
}
