// Points of the plane: each network colours it by its answers, and a click asks about a point.

const POINTS = 280; // of a canvas a side
const GRID = 56; // answers a side, from which the colours between them follow
const REACH = 2.6; // of the data's deviations around their mean
const CLASSES = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

function planeInput(app, input) {
  const half = REACH * Math.max(...input.std);
  const [left, low] = input.mean.map((centre) => centre - half);
  let raw = null;
  const where = make("p", { class: "where", role: "status" });
  const node = make("div", { class: "points" },
    make("p", {}, "Click on a plane, or move the point with the arrow keys: each network has coloured the plane by its answers."), where);
  const planes = app.networks.map((network, n) => {
    const canvas = make("canvas", { class: "plane", width: POINTS, height: POINTS, tabindex: 0, role: "application" });
    app.cards[n].above.append(canvas);
    canvas.onpointerdown = (event) => {
      const box = canvas.getBoundingClientRect();
      const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
      app.ask([left + 2 * half * x, low + 2 * half * (1 - y)], null);
    };
    canvas.onkeydown = (event) => {
      const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!move) return;
      event.preventDefault();
      const step = half / (event.shiftKey ? 100 : 20);
      app.ask([0, 1].map((d) => clamp(raw[d] + step * move[d], [left, low][d], [left, low][d] + 2 * half)), null);
    };
    return { canvas, network, ground: null };
  });
  // Each point has the mean of its classes' colours, by their probabilities at T = 1.
  function coloured(network) {
    const tones = network.classes.map((_, c) => channelsOf(CLASSES[c % CLASSES.length]));
    const picture = new ImageData(GRID, GRID);
    for (let i = 0; i < GRID * GRID; i++) {
      const [x, y] = [((i % GRID) + 0.5) / GRID, (Math.floor(i / GRID) + 0.5) / GRID];
      const p = shares(network.logits([left + 2 * half * x, low + 2 * half * (1 - y)]), 1);
      const mixed = [0, 1, 2].map((c) => p.reduce((sum, share, k) => sum + share * tones[k][c], 0));
      picture.data.set([...mixed, 150], 4 * i);
    }
    const canvas = make("canvas", { width: GRID, height: GRID });
    canvas.getContext("2d").putImageData(picture, 0, 0);
    return canvas;
  }
  function spot(context, [x, y], size, fill) {
    context.beginPath();
    context.arc(((x - left) / (2 * half)) * POINTS, (1 - (y - low) / (2 * half)) * POINTS, size, 0, 7);
    context.fillStyle = fill;
    context.fill();
    context.strokeStyle = colour("paper");
    context.lineWidth = 1.5;
    context.stroke();
  }
  function paint() {
    for (const plane of planes) {
      plane.ground ??= coloured(plane.network);
      const context = plane.canvas.getContext("2d");
      context.clearRect(0, 0, POINTS, POINTS);
      context.imageSmoothingEnabled = true;
      context.drawImage(plane.ground, 0, 0, POINTS, POINTS);
      for (const { raw: point, label } of app.examples) spot(context, point, 4, CLASSES[label % CLASSES.length]);
      if (raw) spot(context, raw, 8, colour("ink"));
      plane.canvas.setAttribute("aria-label", `Plane. The point is at ${raw?.map((v) => v.toFixed(2)).join(", ")}. Arrow keys move it.`);
    }
    if (raw) where.textContent = `The point: (${raw.map((v) => v.toFixed(2).replace("-", "−")).join(", ")})`;
  }
  return { node, paint, asked: (given) => ((raw = Array.from(given)), paint()) };
}
