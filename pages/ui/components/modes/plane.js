// The plane of all students, mean across and width up (log scale): how large the divergence is there,
// the ways downhill, and the student, who can be dragged over it.

const CELLS = { across: 46, up: 32 };
const COARSE = 451; // points of the line for the shading, which needs fewer
const SHEET = { left: 34, top: 6, height: 210, foot: 24 };
const SIGMA_TICKS = [0.2, 0.5, 1, 2, 4];

// The divergence of every cell, row by row from the widest students down.
function landscape(lab, name, mixture, parameter) {
  const x = lineOf(lab.end, COARSE);
  const logP = logMixture(x, mixture);
  const values = [];
  for (let r = 0; r < CELLS.up; r++) {
    const sigma = lab.sigma[1] * (lab.sigma[0] / lab.sigma[1]) ** ((r + 0.5) / CELLS.up);
    for (let c = 0; c < CELLS.across; c++) {
      const mean = lab.mean[0] + ((c + 0.5) / CELLS.across) * (lab.mean[1] - lab.mean[0]);
      values.push(divergenceOf(name, logP, logGaussian(x, { mean, sigma }), x[1] - x[0], parameter));
    }
  }
  return values;
}

// Shades from 0, the lowest, to 1: a third of all students are below one half.
function shades(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const low = sorted[0];
  const unit = sorted[Math.floor(sorted.length / 3)] - low;
  return values.map((v) => {
    const above = unit > 1e-9 ? (v - low) / unit : 0;
    return above / (1 + above);
  });
}

function studentPlane(sheet, { lab, hidden, read, edit, drop }) {
  const width = Math.max(200, sheet.clientWidth);
  const { left, top, height, foot } = SHEET;
  const total = top + height + foot;
  const x = (mean) => left + ((mean - lab.mean[0]) / (lab.mean[1] - lab.mean[0])) * (width - left);
  const span = Math.log(lab.sigma[1] / lab.sigma[0]);
  const y = (sigma) => top + (Math.log(lab.sigma[1] / sigma) / span) * height;

  const canvas = make("canvas", { width: CELLS.across, height: CELLS.up, "aria-hidden": "true", style: `left:${left}px;top:${top}px;width:${width - left}px;height:${height}px` });
  const grid = make("g");
  for (let v = -4; v <= 4; v += 2) grid.append(make("text", { class: "muted", x: x(v), y: top + height + 16, "text-anchor": "middle" }, told(v, 0)));
  for (const v of SIGMA_TICKS) grid.append(make("text", { class: "muted", x: left - 6, y: y(v) + 4, "text-anchor": "end" }, String(v)));
  const ways = make("g", { class: "ways" });
  const dot = make("circle", { class: "grip distilled", r: 8 });
  const point = make("g", { class: "handle everywhere", "aria-hidden": "true" }, dot); // by keys: the grips of the densities
  const svg = make("svg", { height: total, viewBox: `0 0 ${width} ${total}`, preserveAspectRatio: "xMinYMin", role: "img" },
    make("rect", { class: "frame", x: left, y: top, width: width - left, height }), grid, ways, point);
  const still = hidden("mean") || hidden("sigma");
  if (!still) {
    const box = () => svg.getBoundingClientRect();
    draggedInPlane(point, {
      at: (event) => [((event.clientX - box().left) / (width - left)) * (lab.mean[1] - lab.mean[0]), -((event.clientY - box().top) / height) * span],
      grab: () => [read().mean, Math.log(read().sigma)],
      onMove: ([mean, log]) => edit({ mean: clamp(mean, ...lab.mean), sigma: clamp(Math.exp(log), ...lab.sigma) }),
      onDrop: drop,
      steps: () => false,
    });
  }
  sheet.replaceChildren(canvas, svg);

  // Bluer is lower: the teacher's colour over whatever the page's background is.
  function shade(values) {
    const picture = new ImageData(CELLS.across, CELLS.up);
    shades(values).forEach((v, i) => picture.data.set([0, 114, 178, 195 * (1 - v)], 4 * i));
    canvas.getContext("2d").putImageData(picture, 0, 0);
  }

  // walked: parts of ways downhill, each a list of students.
  function draw(now, walked, words) {
    set(dot, { cx: x(now.mean), cy: y(now.sigma) });
    ways.replaceChildren(...walked.flatMap((path) => [
      make("path", { d: `M${path.map(({ mean, sigma }) => `${x(mean).toFixed(1)},${y(sigma).toFixed(1)}`).join("L")}` }),
      make("circle", { class: "start", cx: x(path[0].mean), cy: y(path[0].sigma), r: 4 }),
      make("circle", { class: "end", cx: x(path.at(-1).mean), cy: y(path.at(-1).sigma), r: 4 }),
    ]));
    svg.setAttribute("aria-label", words);
  }
  return { draw, shade };
}
