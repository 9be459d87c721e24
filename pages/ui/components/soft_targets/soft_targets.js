// Soft targets under a temperature that is redrawn while it is dragged.
// data: classes, examples (their logits, M x C), labels (M), images (base64 pixels and their shape, or null),
// population {logits, labels} or null, compact, help of T, hide; and temperature, index and logits (edited, or
// null), to adopt when `revision` is new.

function createSoftTargets(root, send) {
  let data = null;
  let theme = null;
  let stopTween = () => {};
  // state: what Python knows or will know. shown: what is on screen, on its way to the state.
  const state = { T: 4, index: 0, logits: null };
  const shown = { T: 4, z: [] };
  let logScale = false;
  let floor = 1e-6;
  let bars = null;
  let heat = null;
  const commit = committer(send);
  const paint = painter(root, draw);

  const temperature = temperatureSlider({
    onInput: (T) => moveT(T),
    onCommit: (T, far) => (far ? glideT(T) : moveT(T), tell()),
  });
  const limits = [
    make("button", { type: "button", class: "limit", title: say("One-hot: all weight on the largest logit"), onclick: () => (glideT(T_MIN), tell()) }, "T → 0"),
    make("button", { type: "button", class: "limit", title: say("Uniform: every class gets 1/C"), onclick: () => (glideT(T_MAX), tell()) }, "T → ∞"),
  ];
  temperature.head.append(make("span", { class: "spring" }), make("span", { class: "limits" }, ...limits));
  const examples = gallery(choose);
  const scale = switcher(say("Probability axis"), [["linear", say("linear")], ["log", say("log"), say("Shows the small probabilities")]], (value) => {
    logScale = value === "log";
    paint();
  });
  const reset = make("button", { type: "button", class: "reset", onclick: () => (glide(350, { logits: null }), tell()) }, say("Reset logits"));
  const plotHead = make("div", { class: "row" }, make("h3", {}, say("Soft targets"), " ", make("small", {}, "softmax(", make("var", {}, "z"), " / ", make("var", {}, "T"), ")")), make("span", { class: "spring" }), reset, scale);
  const plot = make("div", { class: "plot" });
  const curve = entropyCurve((T) => hidden("temperature") || moveT(T), () => hidden("temperature") || tell());
  const wrong = make("p", { class: "wrong", "aria-live": "off" });
  const map = heatMap(() => paint());
  const facts = make("div", { class: "facts" }, curve.node, wrong);
  const side = make("div", { class: "side" }, facts, map.node);
  const top = make("div", { class: "top" }, examples.big, make("div", { class: "steer" }, examples.strip, temperature.node));
  const main = make("div", { class: "main" }, make("div", { class: "left" }, plotHead, plot), side);
  root.append(top, main);

  const own = () => data.examples[state.index];
  const label = () => data.labels[state.index];
  const tell = () => commit({ temperature: niceT(state.T), index: state.index, logits: threeDecimals(state.logits), revision: data.revision });
  const hidden = (name) => data.hide.includes(name);

  function moveT(T) {
    stopTween();
    state.T = shown.T = T;
    paint();
  }
  // What is shown moves to the state: T evenly on its log scale, logits evenly.
  function glide(ms, change = {}) {
    stopTween();
    Object.assign(state, change);
    const [fromT, fromZ, z] = [Math.log(shown.T), shown.z, state.logits ?? own()];
    stopTween = tween(ms, (t) => {
      shown.T = t === 1 ? state.T : Math.exp(fromT + t * (Math.log(state.T) - fromT));
      shown.z = z.map((v, i) => fromZ[i] + t * (v - fromZ[i]));
      paint();
    }, fitAxes);
  }
  const glideT = (T) => glide(900, { T });
  function choose(index) {
    examples.draw(index);
    glide(350, { index, logits: null });
    tell();
  }
  function edit(i, value) {
    stopTween();
    state.logits = [...(state.logits ?? own())];
    state.logits[i] = Number(value.toFixed(2));
    shown.z = state.logits;
    paint();
  }
  // Axes stay still while something is dragged, and fit the example once it is let go.
  function fitAxes() {
    floor = 10 ** clamp(Math.floor(Math.log10(Math.min(...softmax(shown.z)))), -12, -3);
    bars.limit = Math.max(10, 5 * Math.ceil((Math.max(...shown.z.map(Math.abs)) + 0.5) / 5));
    bars.handles();
    paint();
  }

  function receive(next) {
    const before = data;
    data = next;
    theme = readTheme(root);
    root.toggleAttribute("data-compact", data.compact);
    temperature.node.hidden = hidden("temperature");
    temperature.explain(data.help);
    limits.forEach((button) => (button.hidden = hidden("limits")));
    scale.hidden = hidden("scale");
    curve.node.hidden = data.compact || hidden("entropy") || hidden("temperature"); // it is over T
    wrong.hidden = data.compact || hidden("wrong");
    map.node.hidden = data.compact || !data.population || hidden("heatmap");
    side.hidden = curve.node.hidden && wrong.hidden && map.node.hidden;
    const fresh = !before || before.revision !== data.revision;
    const other = !before || JSON.stringify([before.classes, before.examples, before.labels]) !== JSON.stringify([data.classes, data.examples, data.labels]);
    if (fresh) {
      commit.stop();
      Object.assign(state, { index: data.index, logits: data.logits });
    }
    state.index = Math.min(state.index, data.labels.length - 1);
    if (state.logits?.length !== data.classes.length) state.logits = null;
    examples.receive(data, theme, data.compact || hidden("examples"));
    examples.draw(state.index);
    map.receive(data, theme);
    if (other) {
      stopTween();
      state.T = shown.T = before && !fresh ? state.T : data.temperature;
      shown.z = state.logits ?? own();
      build();
    } else if (fresh) glide(500, { T: data.temperature });
    paint();
  }

  function build() {
    bars = columns(plot, {
      data,
      withLogits: !data.compact && !hidden("logits"),
      read: (i) => shown.z[i],
      edit,
      drop: () => (fitAxes(), tell()),
    });
    fitAxes();
  }

  function draw() {
    const { T, z } = shown;
    temperature.draw(T);
    scale.draw(logScale ? "log" : "linear");
    reset.hidden = !state.logits || hidden("logits");
    bars.draw(z, T, { logScale, floor, label: label() });
    if (!curve.node.hidden) curve.draw(z, T);
    if (!wrong.hidden) wrong.replaceChildren(...rankWrong(z, T, label(), data.classes));
    if (!map.node.hidden) map.draw(T, { logScale, floor, row: label() });
  }

  return {
    receive,
    resize: () => data && (build(), paint()),
    end: () => (stopTween(), paint.stop(), commit.stop()),
  };
}

export default function (component) {
  return mount(component, createSoftTargets);
}
