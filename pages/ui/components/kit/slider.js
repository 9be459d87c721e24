// What sets a number or a choice: sliders, the temperature among them, and switches.

// A slider: label, readout to type into, native range, ticks to click.
// `scale` maps value <-> position 0..1; `onInput` while it moves, `onCommit` when it is let go.
function slider({ label, name, low, high, min = low, max = high, ticks = [], step, scale, show, parse, onInput, onCommit }) {
  const readout = make("input", { class: "readout", type: "text", inputmode: "decimal", "aria-label": say("{name}, typed", { name }), autocomplete: "off" });
  const range = make("input", { type: "range", min: 0, max: 1, step, "aria-label": name });
  const about = make("p", { class: "about muted", hidden: true });
  const ask = make("button", { type: "button", class: "ask", hidden: true, "aria-label": say("What is {name}?", { name }), "aria-expanded": "false" }, "?");
  ask.onclick = () => {
    about.hidden = !about.hidden;
    set(ask, { "aria-expanded": String(!about.hidden) });
  };
  const head = make("div", { class: "slider-head" }, make("label", {}, ...label), readout, ask);
  const rail = make("div", { class: "ticks", hidden: !ticks.length });
  for (const tick of ticks) {
    const at = make("button", { type: "button", tabindex: -1, "aria-hidden": "true", style: `left: ${100 * scale.to(tick)}%` }, show(tick));
    at.onclick = () => onCommit(tick, true);
    rail.append(at);
  }
  const node = make("div", { class: "slider" }, head, about, range, rail);
  // A finger that was put on the thumb and then scrolls has set nothing.
  let before = NaN;
  let scrolls = false;
  const back = () => (range.value = clamp(scale.to(before), 0, 1));
  range.oninput = () => (scrolls ? back() : onInput(scale.from(Number(range.value))));
  range.onchange = () => (scrolls ? back() : onCommit(scale.from(Number(range.value))));
  range.onkeydown = () => void (scrolls = false);
  range.onpointerdown = () => ([before, scrolls] = [Number(range.dataset.shown), false]);
  range.onpointercancel = () => {
    scrolls = true;
    onCommit(before);
  };
  const typed = () => {
    const value = parse(readout.value);
    const good = Number.isFinite(value) && value >= min && value <= max;
    set(readout, { "aria-invalid": String(!good), title: good ? "" : say("A number from {min} to {max}", { min, max }) });
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
  // The help of the setting, read by pointing at the question mark or by pressing it.
  const explain = (text) => {
    about.textContent = ask.title = text;
    ask.hidden = !text;
  };
  return { node, head, range, readout, draw, explain };
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
