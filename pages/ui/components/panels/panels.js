// Who answers what: teacher, labels only and distilled side by side on one canvas.
// value: kind "confusion" or "regions", title, classes, models [{short, colour, text}], shown (epoch ->
// its picture, with alt), and
// confusion: shape, pixels and labels of images, or of a table rows ([number, what its columns hold]); a picture: note, matrices (a C x C table a model), differ
// [[number of the image, what labels only and distilled answer]];
// regions: note, points (the mark of what points.js keeps), size, extent [x0, x1, y0, y1], colours (one a
// class); a picture: answers and confidence (size * size digits a model, row by row from the lowest y, as
// lengths of runs: "2a2b" is 0011).

const PANELS = { gap: 14, head: 22, foot: 16, most: 300 };

const cut = (name) => (name.length > 9 ? `${name.slice(0, 8)}…` : name);
const hexChannels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));

const digitsOf = (runs) => runs.replace(/(\d+)([a-j])/g, (_, count, letter) => String(letter.charCodeAt(0) - 97).repeat(Number(count)));

// The newest picture of an epoch that is not past `epoch`, and what all pictures share.
const unpacked = new WeakMap(); // picture -> the same with digits
function pictureAt(value, epoch) {
  const epochs = Object.keys(value.shown).map(Number).sort((a, b) => a - b);
  const at = epochs.findLast((e) => epoch === null || e <= epoch) ?? epochs[0];
  const picture = value.shown[at];
  if (!unpacked.has(picture)) {
    const { answers, confidence, differ } = picture;
    unpacked.set(picture, answers ? { answers: answers.map(digitsOf), confidence: confidence.map(digitsOf) } : {
      differ: {
        shape: value.shape,
        pixels: differ.map(([n]) => value.pixels[n]),
        rows: value.rows.length ? differ.map(([n]) => value.rows[n]) : null,
        labels: differ.map(([n]) => value.labels[n]),
        answers: differ.map(([, ...answers]) => answers),
        alt: differ.map(([n, a, b]) => {
          const [truth, labels, distilled] = [value.labels[n], a, b].map((k) => value.classes[k]);
          const [number, columns] = value.rows[n] ?? [];
          const what = number ? say("row {number} of class {truth}", { number, truth }) : say("image of class {truth}", { truth });
          return say("{what}, labels only says {labels}, distilled says {distilled}", { what, labels, distilled }) + (columns ? `: ${columns}` : "");
        }),
      },
    });
  }
  return { ...value, ...picture, ...unpacked.get(picture), title: value.title.replace("{}", at) };
}

const NO_LABEL = -1;
const TEACHER = 0; // its panel is the first; it was given every label
let testShown = false; // outlives an instance: the switch stays as it was set

// The points of the run that is drawn, where they have come; see points.js.
const pointsOf = (data) => {
  const kept = window.kdlabPoints;
  return data.points && kept?.mark === data.points && kept.train ? kept : null;
};
// How many students were given a label, and how many a wrong one.
const labelled = ({ train }) => train.given.filter((y) => y !== NO_LABEL).length;
const wrong = ({ train }) => train.given.filter((y, i) => y !== NO_LABEL && y !== train.classes[i]).length;

// The place of a point in a panel: the regions' grid has its outer points in the middle of cells.
function place(data, side, x, y) {
  const [x0, x1, y0, y1] = data.extent;
  const along = (share) => ((share * (data.size - 1) + 0.5) * side) / data.size;
  return [along((x - x0) / (x1 - x0)), along((y1 - y) / (y1 - y0))];
}

// Marks: without a label a speck, with one a disc in its colour, a wrong one a cross, test a square.
// All but the specks are edged, since they may lie on a region of their own colour: darkly, also in
// the dark theme, where the regions are no darker.
const EDGE = "#1a1a1a";
const MARKS = {
  speck(pen, x, y, r, colour, ink) {
    pen.globalAlpha = 0.5;
    pen.fillStyle = ink;
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fill();
    pen.globalAlpha = 1;
  },
  disc(pen, x, y, r, colour) {
    pen.fillStyle = colour;
    pen.strokeStyle = EDGE;
    pen.lineWidth = r > 2 ? 1.3 : 0.5;
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fill();
    pen.stroke();
  },
  square(pen, x, y, r, colour) {
    pen.fillStyle = colour;
    pen.strokeStyle = EDGE;
    pen.lineWidth = 0.5;
    pen.fillRect(x - r, y - r, 2 * r, 2 * r);
    pen.strokeRect(x - r, y - r, 2 * r, 2 * r);
  },
  cross(pen, x, y, r, colour) {
    for (const [width, style] of [[0.9 * r + 2, EDGE], [0.9 * r, colour]]) {
      pen.lineWidth = width;
      pen.strokeStyle = style;
      pen.lineCap = "round";
      pen.beginPath();
      pen.moveTo(x - r, y - r);
      pen.lineTo(x + r, y + r);
      pen.moveTo(x - r, y + r);
      pen.lineTo(x + r, y - r);
      pen.stroke();
    }
  },
};

function drawPoints(pen, data, model, side, ink) {
  const points = pointsOf(data);
  if (!points) return;
  const { train, test } = points;
  const given = model === TEACHER ? train.classes : train.given;
  const count = Math.max(1, given.filter((y) => y !== NO_LABEL).length);
  const r = clamp((0.25 * side) / Math.sqrt(count), 1.3, Math.min(4.5, side / 40));
  pen.save();
  pen.beginPath();
  pen.rect(0, 0, side, side);
  pen.clip(); // test points may lie beyond the picture
  const draw = (mark, x, y, size, colour) => MARKS[mark](pen, ...place(data, side, x, y), size, colour, ink);
  train.x.forEach((x, i) => given[i] === NO_LABEL && draw("speck", x, train.y[i], 1, null));
  if (testShown) test.x.forEach((x, i) => draw("square", x, test.y[i], Math.min(2.2, side / 70), data.colours[test.classes[i]]));
  train.x.forEach((x, i) => given[i] === train.classes[i] && draw("disc", x, train.y[i], r, data.colours[given[i]]));
  train.x.forEach((x, i) => {
    if (given[i] !== NO_LABEL && given[i] !== train.classes[i]) draw("cross", x, train.y[i], Math.max(2, 0.8 * r), data.colours[given[i]]);
  });
  pen.restore();
}

// What lies in a cell, in words: of several points one with a label.
function pointIn(data, c, r) {
  const points = pointsOf(data);
  if (!points) return "";
  const { train } = points;
  const own = [...train.x.keys()].filter((i) => {
    const [x, y] = place(data, data.size, train.x[i], train.y[i]);
    return Math.floor(x) === c && Math.floor(y) === r;
  });
  if (!own.length) return "";
  const i = own.find((n) => train.given[n] !== NO_LABEL) ?? own[0];
  const truth = data.classes[train.classes[i]];
  if (train.given[i] === NO_LABEL) return say(". Here a point of {truth}, without a label", { truth });
  if (train.given[i] === train.classes[i]) return say(". Here a point with the label {truth}", { truth });
  return say(". Here a point of {truth} with the wrong label {label}", { truth, label: data.classes[train.given[i]] });
}

// What is drawn in a panel, and what a cell of it says. A cell is [column, row], row 0 at the top.
const KINDS = {
  confusion: {
    cells: (data) => data.classes.length,
    // Opacity grows with the root of the share: a few errors are seen beside many correct answers.
    draw(pen, data, model, side) {
      const C = data.classes.length;
      const step = side / C;
      const inset = step > 6 ? 1 : 0;
      const ink = hexChannels(data.models[model].colour).join(",");
      data.matrices[model].forEach((row, r) => {
        const all = Math.max(1, row.reduce((sum, v) => sum + v, 0));
        row.forEach((v, c) => {
          pen.fillStyle = `rgba(${ink},${(0.05 + 0.95 * Math.sqrt(v / all)).toFixed(3)})`;
          pen.fillRect(c * step, r * step, step - inset, step - inset);
        });
      });
    },
    say(data, model, [c, r]) {
      const { classes, matrices, models } = data;
      return say("{who}: {truth}, answered {answer}: {count}", { who: models[model].short, truth: classes[r], answer: classes[c], count: matrices[model][r][c] });
    },
  },
  regions: {
    cells: (data) => data.size,
    // Pixels on a canvas of their own, enlarged; the stronger the colour, the surer.
    draw(pen, data, model, side, ink) {
      const picture = new ImageData(data.size, data.size);
      for (let i = 0; i < data.size * data.size; i++) {
        const [r, g, b] = hexChannels(data.colours[Number(data.answers[model][i])]);
        const row = data.size - 1 - Math.floor(i / data.size); // texts begin at the lowest y
        const at = 4 * (row * data.size + (i % data.size));
        picture.data.set([r, g, b, 255 * (0.1 + 0.09 * Number(data.confidence[model][i]))], at);
      }
      const small = new OffscreenCanvas(data.size, data.size);
      small.getContext("2d").putImageData(picture, 0, 0);
      pen.imageSmoothingEnabled = false;
      pen.drawImage(small, 0, 0, side, side);
      drawPoints(pen, data, model, side, ink);
    },
    say(data, _, [c, r]) {
      const i = (data.size - 1 - r) * data.size + c;
      const [x0, x1, y0, y1] = data.extent;
      const part = (at) => at / (data.size - 1);
      const where = `(${showNumber(x0 + part(c) * (x1 - x0))}, ${showNumber(y1 - part(r) * (y1 - y0))})`;
      const answers = data.models.map((m, k) => `${m.short} ${data.classes[Number(data.answers[k][i])]}`);
      return `${where}: ${answers.join(", ")}${pointIn(data, c, r)}`;
    },
  },
};

function createPanels(root) {
  const title = make("h3");
  const canvas = make("canvas", { tabindex: 0, role: "application", "aria-roledescription": say("picture") });
  const said = make("p", { class: "said muted", "aria-live": "polite" }); // of a cell, else the note
  const strip = make("div", { class: "differ" });
  const marks = make("div", { class: "marks" });
  root.append(title, canvas, said, strip, marks);
  let data = null;
  let theme = null;
  let cell = null; // [panel, column, row] under the pointer or the arrow keys
  let geometry = null;
  let filled = "";
  const paint = painter(root, draw);
  const seen = watched((value, epoch) => show(pictureAt(value, epoch)), () => (root.style.visibility = "hidden"));

  function measure() {
    const count = data.models.length;
    const labels = data.kind === "confusion" && data.classes.length <= 20;
    const widest = labels ? Math.max(...data.classes.map((name) => cut(name).length)) : 0;
    const gutter = data.kind === "confusion" ? 18 + (labels ? Math.min(56, 7 * widest) : 0) : 0;
    const width = Math.max(60, root.clientWidth);
    const side = Math.floor(Math.max(8, Math.min(PANELS.most, (width - gutter - (count - 1) * PANELS.gap) / count)));
    const foot = data.kind === "confusion" ? PANELS.foot + (labels && widest <= 2 ? 15 : 0) : 0;
    return { side, gutter, labels, widest, width, foot, height: PANELS.head + side + foot };
  }

  function draw() {
    geometry = measure();
    const { side, gutter, labels, widest, width, height, foot } = geometry;
    const kind = KINDS[data.kind];
    const ratio = window.devicePixelRatio || 1;
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== w || canvas.height !== h) set(canvas, { width: w, height: h, style: `height:${height}px` });
    const pen = canvas.getContext("2d");
    const family = getComputedStyle(root).fontFamily;
    const ink = `rgb(${theme.ink.join(",")})`;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    data.models.forEach((model, n) => {
      const left = gutter + n * (side + PANELS.gap);
      pen.font = `600 13px ${family}`;
      pen.textAlign = "center";
      pen.textBaseline = "alphabetic";
      pen.fillStyle = model.text;
      pen.fillText(model.short, left + side / 2, PANELS.head - 8, side);
      pen.save();
      pen.translate(left, PANELS.head);
      kind.draw(pen, data, n, side, ink);
      pen.restore();
      if (data.kind !== "confusion") return;
      pen.font = `11px ${family}`;
      pen.fillStyle = ink;
      pen.globalAlpha = 0.75;
      const step = side / data.classes.length;
      if (labels && widest <= 2 && step >= 8) data.classes.forEach((name, k) => pen.fillText(name, left + (k + 0.5) * step, PANELS.head + side + 13));
      pen.fillText(say("answer"), left + side / 2, PANELS.head + side + foot - 3);
      pen.globalAlpha = 1;
    });
    if (data.kind === "confusion") {
      pen.fillStyle = ink;
      pen.globalAlpha = 0.75;
      pen.textBaseline = "middle";
      const step = side / data.classes.length;
      if (labels && step >= 8) {
        pen.textAlign = "right";
        data.classes.forEach((name, k) => pen.fillText(cut(name), gutter - 4, PANELS.head + (k + 0.5) * step));
      }
      pen.save();
      pen.translate(8, PANELS.head + side / 2);
      pen.rotate(-Math.PI / 2);
      pen.textAlign = "center";
      pen.fillText(say("true class"), 0, 0);
      pen.restore();
      pen.globalAlpha = 1;
    }
    if (cell) {
      const [panel, c, r] = cell;
      const step = side / kind.cells(data);
      pen.strokeStyle = ink;
      pen.lineWidth = 1.5;
      const panels = data.kind === "regions" ? data.models.map((_, n) => n) : [panel];
      for (const n of panels) {
        const left = gutter + n * (side + PANELS.gap);
        pen.strokeRect(left + c * step - 0.5, PANELS.head + r * step - 0.5, step, step);
      }
    }
    const words = cell ? kind.say(data, cell[0], cell.slice(1)) : data.note;
    if (said.textContent !== words) said.textContent = words; // it is read aloud when it is written
    canvas.setAttribute("aria-label", `${data.alt} ${say("Arrow keys read the cells.")}`);
  }

  // Images on which the students differ; below each its class and what labels only and distilled answer.
  function fill() {
    const wanted = JSON.stringify([data.kind, data.classes, data.differ ?? null, data.colours, theme.ink]);
    if (wanted === filled) return;
    filled = wanted;
    if (data.kind === "regions") {
      strip.className = "key";
      strip.replaceChildren(...data.classes.map((name, k) => make("span", {}, make("b", { style: `background:${data.colours[k]}` }), name)));
      return;
    }
    strip.className = "differ";
    strip.replaceChildren(...data.differ.labels.map((_, i) => {
      const { alt, answers, rows } = data.differ;
      const picture = make(rows ? "span" : "canvas", { role: "img", "aria-label": alt[i], title: alt[i] });
      if (rows) picture.textContent = say("row {number}", { number: rows[i][0] });
      else drawPicture(picture, data.differ, i, theme.ink);
      const texts = answers[i].map((answer, k) => make("b", { style: `color:${data.models[k + 1].text}` }, make("bdi", {}, cut(data.classes[answer]))));
      const truth = make("bdi", {}, cut(data.classes[data.differ.labels[i]]));
      return make("figure", {}, picture, make("figcaption", {}, truth, say(": "), texts[0], " ", texts[1]));
    }));
  }

  // What the marks over the regions mean, and the switch of the test points.
  let marked = "";
  function explain() {
    const points = data.kind === "regions" ? pointsOf(data) : null;
    const wanted = JSON.stringify([points?.mark ?? null, theme.ink, testShown]);
    if (wanted === marked) return;
    marked = wanted;
    marks.hidden = !points;
    if (!points) return marks.replaceChildren();
    const [count, all, bad] = [labelled(points), points.train.x.length, wrong(points)];
    const sample = (mark, words) => {
      const canvas = make("canvas", { width: 28, height: 28, "aria-hidden": "true" });
      const pen = canvas.getContext("2d");
      pen.scale(2, 2);
      MARKS[mark](pen, 7, 7, { speck: 1.3, disc: 4, cross: 3, square: 3 }[mark], "#BBBBBB", `rgb(${theme.ink.join(",")})`);
      return make("span", {}, canvas, words);
    };
    const button = make("button", { type: "button", "aria-pressed": String(testShown) }, say("Test points"));
    button.onclick = () => {
      testShown = !testShown;
      explain();
      marks.querySelector("button").focus();
      paint();
    };
    marks.replaceChildren(
      sample("disc", count < all ? say("label given to a student ({count} of {all})", { count: count - bad, all }) : say("training point ({count})", { count: all - bad })),
      ...(bad ? [sample("cross", say("wrong label ({count})", { count: bad }))] : []),
      ...(count < all ? [sample("speck", say("no label"))] : []),
      ...(testShown ? [sample("square", say("test point ({count})", { count: points.test.x.length }))] : []),
      make("div", { class: "switch" }, button),
    );
  }
  const arrived = () => {
    if (!data) return;
    explain();
    paint();
  };
  window.addEventListener("kdlab-points", arrived);

  function at(event) {
    if (!geometry) return null;
    const box = canvas.getBoundingClientRect();
    const step = geometry.side / KINDS[data.kind].cells(data);
    const x = event.clientX - box.left - geometry.gutter;
    const panel = Math.floor(x / (geometry.side + PANELS.gap));
    const c = Math.floor((x - panel * (geometry.side + PANELS.gap)) / step);
    const r = Math.floor((event.clientY - box.top - PANELS.head) / step);
    const last = KINDS[data.kind].cells(data) - 1;
    const inside = panel >= 0 && panel < data.models.length && c >= 0 && c <= last && r >= 0 && r <= last;
    return inside ? [panel, c, r] : null;
  }
  const look = (next) => {
    if (String(next) === String(cell)) return;
    cell = next;
    paint();
  };
  canvas.onpointermove = (event) => look(at(event));
  canvas.onpointerdown = (event) => look(at(event));
  canvas.onpointerleave = (event) => event.pointerType === "touch" || look(null);
  canvas.onblur = () => look(null);
  canvas.onkeydown = (event) => {
    const move = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
    if (!move || !data) return;
    event.preventDefault();
    const count = KINDS[data.kind].cells(data);
    let [panel, c, r] = cell ?? [0, 0, 0];
    if (cell) [c, r] = [c + move[0], clamp(r + move[1], 0, count - 1)];
    // Past the edge of one panel lies the next.
    if (c < 0) [panel, c] = panel > 0 ? [panel - 1, count - 1] : [panel, 0];
    if (c >= count) [panel, c] = panel < data.models.length - 1 ? [panel + 1, 0] : [panel, count - 1];
    look([panel, c, r]);
  };

  function show(next) {
    if (data && (data.kind !== next.kind || String(data.classes) !== String(next.classes))) cell = null;
    data = next;
    root.style.visibility = "";
    theme = readTheme(root);
    title.textContent = data.title;
    fill();
    explain();
    paint();
  }

  return {
    receive: seen.receive,
    resize: () => data && paint(),
    end: () => {
      seen.end();
      window.removeEventListener("kdlab-points", arrived);
      paint.stop();
    },
  };
}

export default function (component) {
  return mount(component, createPanels);
}
