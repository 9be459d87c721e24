// A limit in a chart: an upright line that is dragged along the x axis, or moved with the arrow keys. What
// lies beyond it is faint. The figure says so: layout.meta.limit = { value (null: none), low, high, unit,
// name, none (words for no limit) }; the line is the first of its shapes, and a trace whose meta.limited
// is true lies where its first x is. From `high` on there is no limit.

const FAINT = 0.18;
const KEYS = { ArrowRight: 0.02, ArrowUp: 0.02, ArrowLeft: -0.02, ArrowDown: -0.02, PageUp: 0.1, PageDown: -0.1 };
const SETTLED = 300; // milliseconds after the last key

// How much of a trace that the limit is about is seen with the limit at `value`.
const opacity = (trace, value) => (value !== null && trace.x[0] > value ? FAINT : 1);

// The figure as it is drawn: faint what is beyond its limit.
function limited(data, layout) {
  const limit = layout.meta?.limit;
  if (!limit) return data;
  return data.map((trace) => (trace.meta?.limited ? { ...trace, opacity: opacity(trace, limit.value) } : trace));
}

// Whoever misses the grip moves nothing: a chart that is zoomed into would show other networks.
function still(layout) {
  layout.dragmode = false;
  for (const axis of ["xaxis", "yaxis"]) layout[axis] = { ...layout[axis], fixedrange: true };
}

// The grip of the limit of the chart in `node`, over it. `tell(value)` is told where it was left.
function limiting(node, tell) {
  const words = make("span", { class: "kd-limit-words" });
  const grip = make("div", { class: "kd-limit", role: "slider", tabindex: 0, hidden: true }, words);
  node.parentElement.append(grip);
  let limit = null, value = null, timer = 0, frame = 0, held = false;

  // Where the plot is on the screen, and its x axis: of a logarithmic one the range is in powers of ten.
  const plot = () => {
    const box = node.querySelector(".nsewdrag")?.getBoundingClientRect();
    const axis = node.layout?.xaxis;
    return box?.width && axis?.range ? { box, range: axis.range.map(Number), log: axis.type === "log" } : null;
  };
  const place = (share, { range: [low, high], log }) => {
    const at = low + share * (high - low);
    return log ? 10 ** at : at;
  };
  const shareOf = (at, { range: [low, high], log }) => ((log ? Math.log10(at) : at) - low) / (high - low);
  const known = (at) => (at === null || at >= limit.high ? null : Math.max(at, limit.low));
  const said = () => (value === null ? limit.none : `${Number(value.toPrecision(3)).toLocaleString("en", { maximumFractionDigits: 6 })} ${limit.unit}`);

  const put = () => {
    const where = limit ? plot() : null;
    grip.hidden = !where || !tell();
    if (grip.hidden) return;
    const share = clamp(shareOf(value ?? limit.high, where), 0, 1);
    const frame = node.parentElement.getBoundingClientRect();
    grip.style.left = `${where.box.left - frame.left + share * where.box.width}px`;
    grip.style.top = `${where.box.top - frame.top}px`;
    grip.style.height = `${where.box.height}px`;
    grip.classList.toggle("kd-limit-left", share > 0.6); // its words stand where there is room
    words.textContent = said();
    set(grip, { "aria-label": limit.name, "aria-valuemin": limit.low, "aria-valuemax": limit.high, "aria-valuenow": value ?? limit.high, "aria-valuetext": said() });
  };
  const redraw = () => {
    frame = 0;
    const at = value ?? limit.high;
    // The other traces keep the opacity that they have.
    const which = [...node.data.keys()].filter((n) => node.data[n].meta?.limited);
    const seen = which.map((n) => opacity(node.data[n], value));
    window.Plotly.update(node, { opacity: seen }, { "shapes[0].x0": at, "shapes[0].x1": at }, which);
    put();
  };
  const move = (at) => {
    value = known(at);
    if (!frame) frame = requestAnimationFrame(redraw);
  };
  const settle = () => tell()?.(value);

  grip.onpointerdown = (event) => {
    const where = plot();
    if (event.button || !where) return;
    event.preventDefault();
    grip.focus({ preventScroll: true });
    grip.setPointerCapture(event.pointerId);
    const from = event.clientX - grip.getBoundingClientRect().left - grip.offsetWidth / 2;
    let moved = false;
    clearTimeout(timer); // of a key just before: it would settle while this is dragged
    held = true;
    grip.onpointermove = ({ clientX }) => {
      moved = true;
      move(place(clamp((clientX - from - where.box.left) / where.box.width, 0, 1), where));
    };
    grip.onpointerup = grip.onpointercancel = () => {
      grip.onpointermove = grip.onpointerup = grip.onpointercancel = null;
      held = false;
      if (moved) settle();
    };
  };
  grip.onkeydown = (event) => {
    const where = plot();
    const at = value ?? limit.high;
    if (!where) return;
    if (event.key in KEYS) move(place(shareOf(at, where) + KEYS[event.key], where));
    else if (event.key === "Home" || event.key === "End") move(event.key === "Home" ? limit.low : null);
    else return;
    event.preventDefault();
    held = true; // what Python drew meanwhile is older than this key
    clearTimeout(timer);
    timer = setTimeout(() => {
      held = false;
      settle();
    }, SETTLED);
  };
  return {
    // What has been drawn; whoever drags now is not pulled back.
    drawn(layout) {
      limit = layout.meta?.limit ?? null;
      if (!held) value = limit ? limit.value : null;
      put();
    },
    put,
    end() {
      clearTimeout(timer);
      cancelAnimationFrame(frame);
      grip.remove();
    },
  };
}
