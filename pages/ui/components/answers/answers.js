// What three networks say of a drawing, or of an example while nothing is drawn: they run here, at every
// frame in which a stroke grows. Python hears nothing of it; it says T, and which example.
// data: sheet (its name), networks [{role, look, label}], address (of their programs, or null),
// example (pixels as base64), shape (1, H, W), known (logits by role, of the example), classes, temperature.

const PEN = 12; // ms: what takes longer leaves the pen as much time as it took
const SLOW = 200; // ms: what takes longer waits until the stroke is at its end

function createAnswers(root) {
  let data = null;
  let drop = () => {};
  let ended = false;
  let networks = null; // those of `address`, when they are there
  let address = null;
  let problem = "";
  let asked = null; // what they were asked last, {pixels, logits by role}
  let took = 0; // ms that this took
  let over = 0; // when they had answered
  let timer = 0;
  let example = { text: "", pixels: null };
  let rows = new Map();
  let built = "";
  const holder = make("div", { class: "rows" });
  const said = make("span", { role: "status" });
  const shares = make("span");
  const lost = make("p", { role: "alert", class: "lost", hidden: true });
  root.append(holder, lost, make("p", { class: "compared" }, said, " ", shares));
  const paint = painter(root, draw);

  // ms until all have answered: as measured, else as long as it took them the last time.
  const cost = () => networks?.reduce((sum, { ms }) => sum + ms, 0) || took;

  function look() {
    const mind = sheetOf(data.sheet).down && networks ? cost() : 0;
    if (mind > SLOW) return;
    const wait = mind > PEN ? over + mind - performance.now() : 0;
    if (wait <= 0) paint();
    else timer ||= setTimeout(() => ((timer = 0), paint()), wait);
  }

  function answers() {
    const pixels = sheetOf(data.sheet).shown(example.pixels, data.shape);
    if (!networks) return sheetOf(data.sheet).drawing ? {} : data.known;
    if (!pixels || asked?.pixels === pixels) return asked?.logits ?? {};
    const began = performance.now();
    const logits = Object.fromEntries(networks.map(({ role, run }) => [role, run.logits(pixels)]));
    over = performance.now();
    took = over - began;
    asked = { pixels, logits };
    root.asked = { pixels, logits }; // for whoever wants to look inside, as the tests do
    return logits;
  }

  function draw() {
    const logits = answers();
    const shown = data.networks.filter(({ role }) => (data.address && !problem) || logits[role]);
    build(shown);
    const T = data.temperature;
    const found = Object.fromEntries(Object.entries(logits).map(([role, z]) => [role, answerOf(z, T)]));
    rows.forEach((row, role) => {
      row.show(found[role] ?? null);
      row.timed(networks?.find((one) => one.role === role)?.ms ?? null);
    });
    const three = data.networks.map(({ role }) => found[role]);
    const words = three.every(Boolean) ? compared(...three, data.classes, T) : { said: [], shares: [] };
    // Told anew only where it changed: a screen reader says it then.
    const line = make("span", {}, ...words.said);
    if (line.textContent !== said.textContent) said.replaceChildren(...line.childNodes);
    shares.replaceChildren(...words.shares);
    lost.hidden = !problem;
    lost.textContent = problem;
    set(root, { "data-running": networks !== null });
  }

  function build(shown) {
    const wanted = JSON.stringify([shown, data.classes]);
    if (wanted === built) return;
    built = wanted;
    rows = new Map(shown.map((named) => [named.role, answerRow(named, data.classes)]));
    holder.replaceChildren(...[...rows.values()].map(({ node }) => node));
  }

  function load() {
    address = data.address;
    networks = asked = null;
    problem = "";
    took = 0;
    if (!address) return;
    const mine = address;
    const going = () => !ended && address === mine;
    networksAt(mine).then((found) => {
      if (!going()) return;
      networks = found;
      paint();
      // What is seen comes first.
      setTimeout(() => going() && measureAll(found, example.pixels, going, paint).then(() => set(root, { "data-measured": true })));
    }).catch(() => {
      if (!going()) return;
      problem = "The networks could not be loaded from this server. Reload the page.";
      paint();
    });
  }

  return {
    receive(next) {
      data = next;
      readTheme(root);
      if (example.text !== data.example) example = { text: data.example, pixels: bytesOf(data.example) };
      drop();
      drop = sheetOf(data.sheet).watch(look);
      if (data.address !== address) load();
      paint();
    },
    resize: () => {},
    end() {
      ended = true;
      clearTimeout(timer);
      drop();
      paint.stop();
    },
  };
}

export default function (component) {
  return mount(component, createAnswers);
}
