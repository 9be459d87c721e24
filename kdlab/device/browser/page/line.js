// Text: the networks say which character comes next, and write strings of their own.

const LONGEST = 40;
const BYTE = /^0x[0-9A-F]{2}$/; // the name of a byte that is no character by itself

function lineInput(app, [width]) {
  const classes = app.networks[0].classes;
  const places = new Map(classes.map((name, code) => [name, code]).slice(1)); // 0 is the end
  const byBytes = classes.some((name) => BYTE.test(name));
  const field = make("input", { type: "text", id: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", dir: "auto" });
  const window_ = make("bdi", { class: "window" });
  const said = make("p", { class: "said", role: "status" });
  const written = app.networks.map(() => make("bdi", { class: "string" }));
  const strings = make("dl", { class: "written" });
  app.programs.forEach((program, n) => strings.append(make("dt", {}, named(roleName(program.role))), make("dd", {}, written[n])));
  const node = make("div", { class: "line" },
    make("label", { for: "text" }, "Begin a string"),
    make("div", { class: "row" }, field, make("button", { type: "button", onclick: () => write() }, app.networks.length > 1 ? "Let them write" : "Let it write")),
    make("p", { class: "muted" }, `The ${see(app.networks)}: `, window_), said, strings);

  // Characters as the networks know them, or null for one that they do not.
  function codesOf(text) {
    const symbols = byBytes
      ? Array.from(new TextEncoder().encode(text), (b) => (b > 0x7f ? `0x${b.toString(16).toUpperCase().padStart(2, "0")}` : String.fromCharCode(b)))
      : Array.from(text);
    return symbols.map((symbol) => places.get(symbol) ?? places.get(symbol.toLowerCase()) ?? null);
  }
  // Codes as text, the end as a dot; bytes beside each other are read as UTF-8.
  function shown(codes) {
    let [out, bytes] = ["", []];
    const flush = () => ((out += new TextDecoder().decode(Uint8Array.from(bytes))), (bytes = []));
    for (const code of codes) {
      if (code !== 0 && BYTE.test(classes[code])) bytes.push(Number(classes[code]));
      else flush(), (out += code === 0 ? "·" : classes[code]);
    }
    flush();
    return out;
  }
  const lastOf = (codes) => [...Array(width).fill(0), ...codes].slice(-width);

  function typed() {
    const codes = codesOf(field.value);
    const unknown = Array.from(field.value).filter((symbol) => codesOf(symbol).includes(null));
    said.replaceChildren();
    if (unknown.length) said.append("Passed over, for it was never in the training data: ", named(unknown.join(" ")));
    return codes.filter((code) => code !== null);
  }
  field.oninput = () => app.ask(lastOf(typed()), null);

  // Each network draws from its own probabilities at the T that is set; all have the same luck.
  function write() {
    const begun = typed();
    const luck = Array.from({ length: LONGEST }, () => Math.random());
    app.networks.forEach((network, n) => {
      const codes = [...begun];
      for (const number of luck) {
        const p = shares(network.logits(lastOf(codes)), app.T());
        let left = number;
        let next = p.findIndex((share) => (left -= share) < 0);
        if (next < 0) next = p.indexOf(Math.max(...p)); // shares may add up to a little less than 1
        if (next === 0) break;
        codes.push(next);
      }
      written[n].textContent = shown(codes) || "·";
    });
    strings.dataset.written = Number(strings.dataset.written ?? 0) + 1;
  }
  return {
    node,
    shown,
    paint: () => {},
    asked(raw, example) {
      window_.textContent = shown(raw);
      if (example !== null) field.value = shown([...raw].filter((code) => code !== 0));
    },
  };
}
