// The page: reads its data, builds its parts, and asks the networks.

(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const { programs, facts } = data;
  const { kind, shape } = programs[0].input;
  const classes = programs[0].classes;
  const networks = programs.map((program) => createNetwork(program));
  const cards = programs.map(answerCard);
  const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const examples = data.examples.map(({ raw, label }) => ({ raw: kind === "images" ? bytesOf(raw) : raw, label }));
  let now = { raw: examples[0].raw, example: 0, logits: [] };
  let asked = 0;

  // T from 0.5 to 20, even in its logarithm; 1 where nobody moved it.
  const [LOW, HIGH, STEPS] = [Math.log(0.5), Math.log(20), 100];
  const slider = make("input", { type: "range", id: "T", min: 0, max: STEPS, step: 1, value: Math.round((STEPS * -LOW) / (HIGH - LOW)) });
  const T = () => {
    const value = Math.exp(LOW + ((HIGH - LOW) * slider.value) / STEPS);
    return Math.abs(value - 1) < 0.02 ? 1 : Number(value.toPrecision(2));
  };
  const toldT = make("output", { for: "T" });
  slider.oninput = () => tell();

  const app = { programs, networks, cards, examples, T, ask };
  const builders = { images: data.drawable ? padInput : pictureInput, points: planeInput, text: lineInput };
  const input = builders[kind](app, kind === "points" ? programs[0].input : shape);

  // Ask all networks about a raw input; `example` is its number among the examples, or null.
  function ask(raw, example) {
    now = { raw, example, logits: networks.map((network) => network.logits(raw)) };
    input.asked(raw, example);
    tell();
    asked += 1;
    document.documentElement.dataset.asked = asked;
  }
  function tell() {
    const truth = now.example === null ? null : examples[now.example].label;
    cards.forEach((card, n) => card.show(now.logits[n], T(), truth));
    toldT.textContent = `T = ${T()}`;
    slider.setAttribute("aria-valuetext", `T = ${T()}`);
    buttons.forEach((button, n) => button.setAttribute("aria-pressed", n === now.example));
  }

  const buttons = examples.map(({ raw, label }, n) => {
    const button = make("button", { type: "button", class: `example ${kind}`, onclick: () => ask(raw, n) });
    button.setAttribute("aria-label", `Example ${n + 1}: ${isolated(classes[label])}`);
    button.title = classes[label];
    if (kind === "images") button.append(make("canvas"));
    else if (kind === "text") button.append(named(`${input.shown(raw).replace(/^·+/, "·")}→${label ? input.shown([label]) : "·"}`));
    else button.append(make("i"), named(classes[label]));
    if (kind === "points") button.firstChild.style.background = CLASSES[label % CLASSES.length];
    return button;
  });
  function paint() {
    input.paint();
    if (kind !== "images") return;
    buttons.forEach((button, n) => drawPixels(button.firstChild, shape, examples[n].raw, channelsOf(colour("ink"))));
  }

  const measure = make("button", { type: "button", onclick: () => (measuring > 9 ? end() : time(100)) }, "Measure 100 times");
  let measuring = 0; // turns that are being measured
  let round = 0; // a later one ends those before it
  function end() {
    round += 1;
    measuring = 0;
    measure.textContent = "Measure 100 times";
  }
  // One network after the other, so that none waits for another's work. At first, a slow one has a
  // second.
  async function time(turns) {
    end();
    const mine = round;
    measuring = turns;
    if (turns > 9) measure.textContent = "Stop";
    for (const [n, network] of networks.entries()) {
      const began = performance.now();
      const sorted = await passTimes(network, now.raw, turns, (done) => {
        if (turns > 9 && mine === round) cards[n].wait(`measured ${done} of ${turns} times …`);
        return mine === round && (turns > 9 || done < 3 || performance.now() - began < 1000);
      });
      if (sorted.length) cards[n].timed(sorted);
      if (mine !== round) return;
    }
    end();
    document.documentElement.dataset.measured = turns;
  }

  function table() {
    const labels = [...new Set(facts.networks.flatMap((own) => Object.keys(own)))];
    const head = make("tr", {}, make("td"), ...programs.map((p) => make("th", { scope: "col" }, named(roleName(p.role)))));
    const rows = labels.map((label) =>
      make("tr", {}, make("th", { scope: "row" }, label), ...facts.networks.map((own) => make("td", {}, named(own[label] ?? "")))));
    return make("div", { class: "scroll" }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
  }
  const about = make("dl", { class: "about" });
  for (const [label, text] of Object.entries({ ...facts.common, "This file": data.size.trim() })) {
    about.append(make("dt", {}, label), make("dd", {}, named(text)));
  }

  const mine = { images: data.drawable ? "nothing that you draw" : "no picture of yours", text: "nothing that you type" }[kind];
  const stays = mine ? `: ${mine} leaves it` : "";
  document.getElementById("page").append(
    make("header", {},
      make("h1", {}, document.title),
      make("p", { class: "lead" }, `It runs on this device alone${stays}.`)),
    make("main", {},
      make("div", { class: "ask" },
        input.node,
        make("div", { class: "examples", role: "group", "aria-label": "Examples of the test set" },
          make("p", {}, networks.length > 1 ? "Or examples that no network has learned from:" : "Or examples that it has not learned from:"), make("div", { class: "strip" }, ...buttons))),
      make("div", { class: "answers" },
        make("div", { class: networks.length > 1 && kind !== "points" ? "cards beside" : "cards" }, ...cards.map((card) => card.node)),
        make("div", { class: "settings" },
          make("label", { for: "T" }, "Temperature ", toldT), slider, measure,
          make("p", { class: "muted" }, "The bars are softmax(z / T) of a network's outputs z. A higher T shows what else it finds possible.")))),
    make("footer", {}, make("h2", {}, "What this is"), table(), about));
  document.getElementById("page").dataset.kind = kind;
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
  ask(now.raw, 0);
  paint();
  // For whoever wants to look inside, as the tests do.
  window.pocket = { now: () => now, T, drawing: () => input.drawing?.() };
  setTimeout(() => time(9));
})();
