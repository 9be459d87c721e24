// Covering or seeking: a teacher with two modes, a student with one, and what each divergence makes
// of it. data: lab (constants), help, hide; and weight, distance, width, mean, sigma, divergence,
// beta, skew, to adopt when `revision` is new.

const NUMBERS = ["weight", "distance", "width", "mean", "sigma", "beta", "skew"];
const thousandth = (v) => Math.round(v * 1000) / 1000;

// A slider of one number of the state, on an even scale.
function evenSlider(name, sign, [low, high], step, set) {
  const label = sign ? [`${name} `, make("var", {}, sign)] : [name];
  const spread = (v) => (v - low) / (high - low);
  return slider({
    label, name: sign ? `${name} ${sign}` : name, low, high, step: step / (high - low),
    scale: { to: spread, from: (x) => thousandth(Math.round((low + x * (high - low)) / step) * step) },
    show: (v) => v.toFixed(2),
    parse: (text) => Number(text.replace(",", ".").trim() || NaN),
    onInput: (v) => set(v, false),
    onCommit: (v) => set(v, true),
  });
}

function createModes(root, send) {
  let data = null;
  let stopTween = () => {};
  let shading = 0;
  let shaded = "";
  const state = {}; // what Python knows or will know
  const shown = { mean: 0, sigma: 1, others: [], walked: [] }; // on screen, on the way to the state
  let said = "";
  let [pictures, sliders] = [null, {}];
  const commit = committer(send);
  const paint = painter(root, draw);
  const hidden = (name) => data.hide.includes(name);
  const lab = () => data.lab;
  const tell = () => commit({ ...Object.fromEntries(NUMBERS.map((name) => [name, thousandth(state[name])])), divergence: state.divergence, revision: data.revision });
  const mixture = () => ({ weight: state.weight, distance: state.distance, width: state.width });
  const record = () => lab().divergences.find(({ name }) => name === state.divergence);
  const parameter = () => state[record().parameter] ?? 0;
  const student = () => ({ mean: state.mean, sigma: state.sigma });
  const label = () => ({ jsd: `JSD at β ${state.beta.toFixed(2)}`, "skew-kl": `Skew KL at ${state.skew.toFixed(2)}` })[state.divergence] ?? record().label;

  const list = divergenceList((name) => change({ divergence: name }, true));
  const plot = make("div", { class: "plot" });
  const sheet = make("div", { class: "sheet" });
  const readout = make("p", { class: "muted where" });
  const words = make("p", { class: "told", role: "status" });
  const learn = make("button", { type: "button", class: "primary", onclick: () => walk([student()]) }, "Let it learn");
  const learnAll = make("button", { type: "button", title: "Two narrow students far out, two wide ones in the middle", onclick: () => walk(lab().starts) }, "From four starts");
  const buttons = make("div", { class: "row steps" }, learn, learnAll);
  const legend = make("p", { class: "legend" }, make("span", { class: "teacher-text" }, "■ teacher"), " ", make("span", { class: "distilled-text" }, "● student: drag its grips"));
  const rooms = { mixture: make("div", { class: "three" }), parameters: make("div", { class: "parameters" }) };
  const left = make("div", { class: "left" }, make("h3", {}, "Teacher and student ", make("small", {}, "densities on a line")), plot, legend, readout);
  const plane = make("div", { class: "plane" }, make("h3", {}, "All students ", make("small", {}, "mean across, width up; bluer: a smaller divergence")), sheet);
  const right = make("div", { class: "right" }, make("h3", {}, "How far apart ", make("small", {}, "nats; press one to learn with it")), list.node, rooms.parameters, buttons, words);
  root.append(make("div", { class: "main" }, left, plane, right), rooms.mixture);

  // Anything but learning: it ends a way that is shown.
  function change(values, done) {
    stopTween();
    Object.assign(state, values);
    Object.assign(shown, student(), { others: [], walked: [] });
    said = "";
    paint();
    if (done) tell();
  }

  // Go downhill from `starts`, and show the ways; the student ends at the best end.
  function walk(starts) {
    stopTween();
    const all = starts.map((start) => descent(lab(), state.divergence, mixture(), start, parameter()));
    const ends = distinctEnds(lab(), all);
    const several = starts.length > 1;
    const leader = several && ends.length ? ends[0] : several ? null : all[0];
    const longest = Math.max(...all.map(({ path }) => path.length));
    const upTo = (path, share) => {
      const at = share * (path.length - 1);
      const [n, part] = [Math.floor(at), at - Math.floor(at)];
      if (!part) return path.slice(0, n + 1);
      const mix = (name) => path[n][name] + part * (path[n + 1][name] - path[n][name]);
      return [...path.slice(0, n + 1), { mean: mix("mean"), sigma: mix("sigma") }];
    };
    const goal = leader ? leader.path.at(-1) : student();
    said = "";
    stopTween = tween(clamp(70 * longest, 700, 3000), (share) => {
      shown.walked = all.map(({ path }) => upTo(path, share));
      const heads = all.map((each, i) => [each, shown.walked[i].at(-1)]);
      shown.others = several && share < 1 ? heads.filter(([each]) => each !== leader).map(([, head]) => head) : [];
      if (leader) Object.assign(shown, heads.find(([each]) => each === leader)[1]);
      paint();
    }, () => {
      Object.assign(state, { mean: thousandth(goal.mean), sigma: thousandth(goal.sigma) });
      Object.assign(shown, student());
      said = several ? toldAll(label(), mixture(), all, ends) : toldOne(label(), mixture(), all[0]);
      paint();
      tell();
    });
  }

  function makeSliders() {
    const move = (name) => (v, done) => change({ [name]: v }, done);
    const kinds = { weight: ["Weight of the left mode", ""], distance: ["Distance between the modes", ""], width: ["Width of each mode", ""], beta: ["Mixture", "β"], skew: ["Skew", ""] };
    for (const [name, [words, sign]] of Object.entries(kinds)) {
      sliders[name] = evenSlider(words, sign, lab()[name], name === "distance" || name === "width" ? 0.05 : 0.01, move(name));
      rooms[name === "beta" || name === "skew" ? "parameters" : "mixture"].append(sliders[name].node);
    }
    list.build(lab());
  }

  function receive(next) {
    const before = data;
    data = next;
    readTheme(root);
    if (!before) makeSliders();
    for (const name in sliders) {
      sliders[name].explain(data.help[name] ?? "");
      sliders[name].node.hidden = hidden(name);
    }
    if (!before || before.revision !== data.revision) {
      commit.stop();
      stopTween();
      for (const name of [...NUMBERS, "divergence"]) state[name] = data[name];
      Object.assign(shown, student(), { others: [], walked: [] });
      said = "";
    }
    buttons.hidden = hidden("learn");
    plane.hidden = hidden("plane");
    root.toggleAttribute("data-without-plane", plane.hidden);
    if (!before || String(before.hide) !== String(data.hide)) build();
    paint();
  }

  function build() {
    const ours = { lab: lab(), hidden, read: () => shown, edit: (values) => change({ mean: shown.mean, sigma: shown.sigma, ...values }, false), drop: tell };
    pictures = { densities: densityPlot(plot, ours), plane: studentPlane(sheet, ours) };
    shaded = "";
  }

  // The shading takes some 20 ms: it waits until a drag rests.
  function shade(name) {
    if (shaded === name || plane.hidden) return;
    clearTimeout(shading);
    const draw = () => {
      shaded = name;
      pictures.plane.shade(landscape(lab(), state.divergence, mixture(), parameter()));
      sheet.classList.remove("stale");
    };
    if (shaded) {
      sheet.classList.add("stale");
      shading = setTimeout(draw, 90);
    } else draw();
  }

  function draw() {
    const now = { mean: shown.mean, sigma: shown.sigma };
    const values = allDivergences(lab(), mixture(), now, { beta: state.beta, skew: state.skew });
    const at = lab().divergences.findIndex(({ name }) => name === state.divergence);
    for (const name in sliders) sliders[name].draw(state[name]);
    sliders.beta.node.hidden = hidden("beta") || state.divergence !== "jsd";
    sliders.skew.node.hidden = hidden("skew") || state.divergence !== "skew-kl";
    list.draw(values, state.divergence, { beta: state.beta, skew: state.skew }, hidden("divergence"));
    pictures.densities.draw(mixture(), now, shown.others);
    readout.textContent = `Student: ${place(now)}. Teacher as a whole: ${place(whole(mixture()))}.`;
    const vanishes = state.divergence === "jsd" && (state.beta === 0 || state.beta === 1);
    words.textContent = vanishes ? `At β = ${state.beta} JSD is 0 for every student: there is nothing to learn from.` : said;
    learn.disabled = learnAll.disabled = vanishes;
    const most = shown.walked.length ? ` ${counted(shown.walked.length, "way", "ways")} downhill, ${shown.walked.map((path) => `from ${place(path[0])} to ${place(path.at(-1))}`).join("; ")}.` : "";
    pictures.plane.draw(now, shown.walked, `All students by mean and width, shaded by ${label()}. The student is at ${place(now)}, ${values[at].toFixed(3)}.${most}`);
    shade(JSON.stringify([state.divergence, mixture(), parameter()]));
  }

  return {
    receive,
    resize: () => data && (build(), paint()),
    end: () => (stopTween(), paint.stop(), commit.stop(), clearTimeout(shading)),
  };
}

// Mean and standard deviation of the whole mixture.
const whole = ({ weight, distance, width }) => ({ mean: (0.5 - weight) * distance, sigma: Math.sqrt(width ** 2 + weight * (1 - weight) * distance ** 2) });

export default function (component) {
  return mount(component, createModes);
}
