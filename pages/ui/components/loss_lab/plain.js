// The loss in plain words: both answers, what the label asks, what the teacher asks, and what both
// ask together, as arrows in the columns of the classes. An arrow is minus the gradient: the way, and
// how far, one step moves the student's logit of that class.

const PLAIN = { left: 104, answers: 58, up: 40, down: 26, gap: 12 };
const NARROW = { left: 76, answers: 54, up: 32, down: 20, gap: 6 }; // all three rows on a phone's screen
const ASKS = [
  ["hard", "labels", say("The label"), say("asks")],
  ["soft", "teacher", say("The teacher"), say("asks")],
  ["sum", "distilled", say("Both together"), say("ask")],
];

function plainPanels(plot, { classes, says, look }) {
  const C = classes.length;
  const size = plot.clientWidth < 520 ? NARROW : PLAIN;
  const { left } = size;
  const width = Math.max(200, plot.clientWidth - left - 4);
  const column = width / C;
  const band = classBand(classes, column);
  const pair = Math.min(20, column * 0.36);
  const shaft = Math.min(9, column * 0.3);
  const centre = (i) => left + column * (i + 0.5);
  const base = 14 + size.answers;
  const namesY = base + 16;
  const first = base + band.height + 4;
  const row = size.up + size.down + size.gap;
  const zeros = ASKS.map((_, k) => first + k * row + size.up);
  const total = first + ASKS.length * row;
  let over = null;

  const svg = make("svg", { height: total, viewBox: `0 0 ${width + left + 4} ${total}`, preserveAspectRatio: "xMinYMin", role: "img" });
  const stripes = make("g");
  const line = (y, kind) => make("line", { class: kind, x1: left, x2: width + left, y1: y, y2: y });
  svg.append(stripes, line(14, "grid"), line(base, "axis"), ...zeros.map((y) => line(y, "axis")));
  const word = (x, y, text, kind = "") => make("text", { x, y, class: kind }, text);
  const most = word(left - 6, 18, "", "muted");
  most.setAttribute("text-anchor", "end");
  const heat = word(0, 74, "", "muted");
  svg.append(most, word(0, 28, say("Answers"), "row-word"), word(0, 44, say("teacher"), "teacher-text"), word(0, 59, say("student"), "distilled-text"), heat);
  ASKS.forEach(([id, look, who, verb], k) => svg.append(word(0, zeros[k] - 6, who, `row-word ${look}-text`), word(0, zeros[k] + 9, verb, "muted")));
  const cells = classes.map((name, i) => {
    const stripe = make("rect", { class: "stripe", x: left + column * i, width: column, y: 0, height: total });
    const nameText = make("text", { class: "name" }, name);
    placeName(nameText, band, centre(i), namesY, i);
    const bars = [make("path", { class: "teacher" }), make("path", { class: "distilled" })];
    const arrows = ASKS.map(([, look]) => make("path", { class: look }));
    stripes.append(stripe);
    svg.append(...bars, ...arrows, nameText);
    return { stripe, nameText, bars, arrows };
  });
  svg.onpointermove = svg.onpointerdown = (event) => {
    const i = Math.floor((event.clientX - svg.getBoundingClientRect().left - left) / column);
    const next = i >= 0 && i < C ? i : null;
    if (next !== over) {
      over = next;
      look();
    }
  };
  svg.onpointerleave = (event) => {
    if (event.pointerType === "touch") return; // a tap stays read until the next one
    over = null;
    look();
  };
  replacePlot(plot, svg);

  // An arrow from `zero` to `y`, its head no longer than itself.
  function arrowPath(x, zero, y) {
    const s = Math.sign(y - zero);
    const head = Math.min(7, Math.abs(y - zero));
    const half = Math.min(column * 0.42, 8);
    return `M${x - shaft / 2},${zero}V${y - s * head}H${x - half}L${x},${y}L${x + half},${y - s * head}H${x + shaft / 2}V${zero}Z`;
  }
  function draw({ T, alpha, zt, zs }, label) {
    const asked = pushes(zt, zs, label, alpha, T);
    const [pt, ps] = [softmax(zt, T), softmax(zs, T)];
    const axis = [0.25, 0.5, 1].find((v) => v >= Math.max(...pt, ...ps)) ?? 1;
    most.textContent = `${100 * axis} %`;
    heat.textContent = says ? say("at T = {T}", { T: showT(T) }) : "";
    const pY = (v) => Math.min(base - (v / axis) * size.answers, base - 0.5);
    const all = Object.values(asked).flat();
    // One scale for the three rows, so that their arrows can be compared.
    const scale = Math.min(size.up / Math.max(0.25, ...all), size.down / Math.max(0.25 * size.down / size.up, ...all.map((v) => -v)));
    cells.forEach((cell, i) => {
      const x = centre(i);
      cell.stripe.classList.toggle("over", over === i);
      cell.nameText.classList.toggle("chosen", i === label);
      const name = i === label && column >= 26 && !band.slant ? `◆ ${classes[i]}` : classes[i];
      if (cell.nameText.textContent !== name) cell.nameText.textContent = name;
      cell.bars[0].setAttribute("d", barPath(x - 1 - pair, pair, base, pY(pt[i])));
      cell.bars[1].setAttribute("d", barPath(x + 1, pair, base, pY(ps[i])));
      ASKS.forEach(([id], k) => {
        const v = asked[id][i];
        // What is hardly asked still shows its way.
        const far = Math.sign(v) * Math.max(scale * Math.abs(v), 3);
        cell.arrows[k].setAttribute("d", Math.abs(v) < NOTHING ? "" : arrowPath(x, zeros[k], zeros[k] - far));
      });
    });
    set(svg, { "aria-label": say("Which classes are pushed up and which down. {words}", { words: ASKS.map(([id, , who, verb]) => say("{who} {verb}: {classes}.", { who, verb, classes: upAndDown(asked[id], classes) })).join(" ") }) });
  }
  function describe({ T, alpha, zt, zs }, label) {
    if (over === null) return say("Arrow up: the student should give this class more, down: less; the longer the arrow, the harder the push. Point at a class, or tap it, for its numbers. ◆ is the label.");
    const asked = pushes(zt, zs, label, alpha, T);
    const way = (v) => (Math.abs(v) < NOTHING ? say("nothing") : v > 0 ? say("up by {amount}", { amount: showNumber(v) }) : say("down by {amount}", { amount: showNumber(-v) }));
    const share = (z) => showPercent(softmax(z, T)[over]);
    return say("{name}: the teacher gives it {teacher}, the student {student}. The label asks: {hard}; the teacher: {soft}; both together: {sum}.", {
      name: classes[over], teacher: share(zt), student: share(zs), hard: way(asked.hard[over]), soft: way(asked.soft[over]), sum: way(asked.sum[over]),
    });
  }
  return { draw, describe, fit: () => {} };
}

// What is asked of each class: minus the gradient of each part, and of the loss. Positive: up.
function pushes(zt, zs, label, alpha, T) {
  const minus = (g) => g.map((v) => -v);
  return { hard: minus(hardGradient(zs, label)), soft: minus(softGradient(zt, zs, T)), sum: minus(lossGradient(zt, zs, label, alpha, T)) };
}

const NOTHING = 0.005; // a push that is 0.00 where it is written
const MOST_NAMED = 3; // classes that a sentence names

const showPercent = (p) => (p > 0 && p < 0.005 ? say("less than 1 %") : p < 1 && p >= 0.995 ? say("more than 99 %") : `${Math.round(100 * p)} %`);

// "3 and 8 up; all others down".
function upAndDown(asked, classes) {
  const order = asked.map((v, i) => [v, i]).filter(([v]) => Math.abs(v) >= NOTHING).sort(([a], [b]) => Math.abs(b) - Math.abs(a));
  const words = [["up", 1], ["down", -1]].map(([way, s]) => {
    const found = order.filter(([v]) => s * v > 0).map(([, i]) => classes[i]);
    if (!found.length) return "";
    if (way === "down" && found.length > MOST_NAMED && order.length === classes.length) return say("all others down");
    const named = found.length > MOST_NAMED ? [...found.slice(0, MOST_NAMED), say("others")] : found;
    const all = named.length > 1 ? say("{some} and {last}", { some: named.slice(0, -1).join(say(", ")), last: named.at(-1) }) : named[0];
    return way === "up" ? say("{classes} up", { classes: all }) : say("{classes} down", { classes: all });
  }).filter(Boolean);
  return words.length ? words.join(say("; ")) : say("nothing more");
}

// What is on the picture, in sentences beside it: of the label, of the teacher, of both.
function plainWords() {
  const parts = ASKS.map(([, look, who]) => [make("b", { class: `${look}-text` }, who), make("span")]);
  const node = make("div", { class: "sentences" }, ...parts.map((pair) => make("p", {}, ...pair)));
  function draw({ T, alpha, zt, zs }, label, classes) {
    const asked = pushes(zt, zs, label, alpha, T);
    const answer = softmax(zt, T);
    const ranked = answer.map((p, i) => [p, i]).sort(([a], [b]) => b - a).slice(0, 2);
    const said = ranked.map(([p, i]) => say("{share} to “{name}”", { share: showPercent(p), name: classes[i] })).join(say(", "));
    const share = Math.round(100 * alpha);
    const mix = share === 0 ? say("Only the label counts") : share === 100 ? say("Only the teacher counts") : say("{label} % label and {teacher} % teacher", { label: 100 - share, teacher: share });
    const texts = [
      say(" says “{name}” and nothing more. It asks: {classes}.", { name: classes[label], classes: upAndDown(asked.hard, classes) }),
      say(" gives {said}{rest}. It asks: {classes}.", { said, rest: classes.length > 2 ? say(", the rest to the others") : "", classes: upAndDown(asked.soft, classes) }),
      say(": {mix}. They ask: {classes}.", { mix, classes: upAndDown(asked.sum, classes) }),
    ];
    parts.forEach(([, text], k) => (text.textContent = texts[k]));
  }
  return { node, draw };
}
