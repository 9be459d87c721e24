// Draws one Plotly figure and redraws it in place: the DOM node and the reader's zoom survive.
// data: { value: { figure: {data, layout}, alt }, height, key, source, picks, projector, about, stream,
// name, player, limits }

const states = new WeakMap(); // chart node -> { drawing, waiting, drawn, observer, width, top, room }

// A trace as Plotly draws it, up to `epoch`: one that grows is cut there, a band becomes an outline.
function trace({ grows, low, high, ...rest }, epoch) {
  const x = rest.x;
  let end = x?.length;
  if (grows && epoch !== null) {
    end = x.findIndex((at) => at > epoch);
    if (end < 0) end = x.length;
  }
  const cut = (values) => (Array.isArray(values) ? values.slice(0, grows ? end : undefined) : values);
  if (low === undefined) return x === undefined ? rest : { ...rest, x: cut(x), y: grows ? cut(rest.y) : rest.y };
  const along = cut(x);
  return { ...rest, x: [...along, ...along.slice().reverse()], y: [...cut(high), ...cut(low).reverse()] };
}

// What the chart shows at an earlier epoch, for people who do not see it.
function at(alt, data, epoch) {
  const [what] = alt.split(/ after epoch|:/);
  const shown = data.filter(({ name, y }) => name && y?.length);
  const ends = shown.map(({ name, y }) => `${name} ${Number(y.at(-1)).toFixed(1)}`);
  return say("{what}, held at epoch {epoch}: {ends}", { what, epoch, ends: ends.join(", ") });
}

function themed(node) {
  const style = getComputedStyle(node);
  const read = (name, other) => {
    const value = style.getPropertyValue(name).trim();
    return value && value !== "unset" ? value : other;
  };
  const text = read("--st-text-color", style.color);
  const line = read("--st-border-color", "rgba(128,128,128,0.4)");
  const axis = {
    gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line,
    automargin: true, title: { standoff: 8 },
  };
  return {
    layout: {
      font: { family: read("--st-font", "sans-serif"), size: 13, color: text },
      paper_bgcolor: "rgba(0,0,0,0)",
      plot_bgcolor: "rgba(0,0,0,0)",
      hoverlabel: {
        bgcolor: read("--st-secondary-background-color", "#eee"),
        bordercolor: line,
        namelength: -1, // a name that is cut might be cut within an escaped sign
        font: { color: text, family: read("--st-font", "sans-serif") },
      },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: text, activecolor: read("--st-primary-color", text) },
      xaxis: axis,
      yaxis: axis,
      // A finger that swipes over a chart scrolls the page; a tap still picks.
      ...(matchMedia("(pointer: coarse)").matches ? { dragmode: false } : {}),
    },
  };
}

// A legend above the plot grows upwards where it needs several lines, as on a phone, and would lie
// over the title: the plot then begins lower, by `state.room` pixels.
async function clearTitle(Plotly, node, state) {
  for (let again = 0; again < 3; again += 1) {
    const [title, legend] = [".gtitle", ".legend"].map((part) =>
      node.querySelector(part)?.getBoundingClientRect());
    const above = node.layout?.legend?.yanchor === "bottom"; // none where it was taken off the page
    const more = above && title?.height && legend?.height ? title.bottom - legend.top : 0;
    const room = Math.max(0, Math.ceil(state.room + more));
    if (!above || room === state.room || state.top === undefined) return;
    state.room = room;
    await Plotly.relayout(node, { "margin.t": state.top + room });
  }
}

// Where the title reaches into the corner of the buttons, they stand above the chart.
const CORNER = 152;
function clearCorner(node) {
  const end = node.querySelector(".gtitle")?.getBoundingClientRect().right ?? 0;
  node.parentElement.classList.toggle("kd-crowded", end > node.getBoundingClientRect().right - CORNER);
}

const BUTTONS = [["zoom2d", "resetScale2d"]]; // the same ones at each redraw, else Plotly would begin anew

// For a room: everything in the figure larger by these factors, the chart itself by ROOMY; where the
// window is as wide as projector.css wants it; one that is made wider is looked at anew at the next run.
const LARGER = { size: 1.4, width: 1.6 };
const ROOMY = 1.25;
const wide = matchMedia("(min-width: 801px)");
const inRoom = (data) => Boolean(data.projector && wide.matches);
const heightOf = (data) => data.height * (inRoom(data) ? ROOMY : 1);
function larger(part) {
  if (Array.isArray(part)) return part.map((each) => (each && typeof each === "object" ? larger(each) : each));
  return Object.fromEntries(Object.entries(part).map(([name, value]) => {
    if (value && typeof value === "object" && name !== "text") return [name, larger(value)];
    const factor = typeof value === "number" ? LARGER[name] : undefined;
    return [name, factor ? value * factor : value];
  }));
}

async function draw(node, state) {
  if (state.drawing) return;
  state.drawing = true;
  while (state.waiting) {
    const { value, epoch, source } = state.waiting;
    const height = heightOf(state.waiting), projector = inRoom(state.waiting);
    state.waiting = null;
    try {
      const Plotly = await library(source);
      const enlarged = projector ? larger : (part) => part;
      const template = enlarged(themed(node));
      const traces = value.figure.data.map((each) => trace(each, epoch));
      const data = enlarged(limited(traces, value.figure.layout));
      const layout = { ...enlarged(structuredClone(value.figure.layout)), template, height, autosize: true };
      if (layout.meta?.limit) still(layout);
      if (projector && layout.margin?.t) layout.margin = { ...layout.margin, t: layout.margin.t * LARGER.size };
      const looks = JSON.stringify([data, layout]);
      if (looks === state.drawn) continue; // most redraws of a page change one chart of several
      state.top = layout.margin?.t;
      if (state.room) layout.margin = { ...layout.margin, t: state.top + state.room };
      await Plotly.react(node, data, layout, {
        displaylogo: false,
        displayModeBar: matchMedia("(hover: none)").matches ? false : "hover", // else over the title
        showSendToCloud: false,
        typesetMath: false, // $x$ is a name like any other
        responsive: false, // the observer below also sees columns that change their width
        modeBarButtons: BUTTONS,
      });
      await clearTitle(Plotly, node, state);
      clearCorner(node);
      state.drawn = looks;
      state.limit.drawn(layout);
      state.saving.offer(plain(layout.title?.text) || value.alt.split(/[.:]/)[0]);
      if (!state.listens) {
        state.listens = true;
        // The place of what was clicked: [row, column] of a heat map, a number elsewhere.
        node.on("plotly_click", ({ points }) => state.tell?.([points[0].pointNumber].flat()));
        node.on("plotly_relayout", state.limit.put); // also where one has zoomed
      }
      node.setAttribute("aria-label", epoch === null ? value.alt : at(value.alt, data, epoch));
      node.dataset.draws = Number(node.dataset.draws ?? 0) + 1;
    } catch (error) {
      node.textContent = error.message;
      node.className = "kd-chart kd-chart-note";
    }
  }
  state.drawing = false;
}

export default function ({ data, parentElement, setTriggerValue }) {
  const node = parentElement.querySelector(".kd-chart");
  if (!node || !data) return;
  prints();
  let state = states.get(node);
  if (!state) {
    state = { drawing: false, waiting: null, drawn: null, observer: null, width: 0, room: 0 };
    state.saving = saving(node, () => state.data.about);
    state.limit = limiting(node, () => state.leave);
    state.watched = watched((value, epoch) => {
      state.waiting = { ...state.data, value, epoch };
      draw(node, state);
    });
    state.observer = new ResizeObserver(() => {
      if (node.clientWidth && node.clientWidth !== state.width && window.Plotly && node.data) {
        state.width = node.clientWidth;
        window.Plotly.Plots.resize(node).then(() => clearTitle(window.Plotly, node, state))
          .then(() => clearCorner(node)).then(state.limit.put);
      }
    });
    state.observer.observe(node);
    states.set(node, state);
  }
  state.data = data;
  node.style.height = heightOf(data) + "px"; // before the library is there, so that nothing jumps
  node.setAttribute("role", "img");
  if (!node.hasAttribute("aria-label")) node.setAttribute("aria-label", data.value.alt);
  node.classList.toggle("kd-chart-picks", Boolean(data.picks));
  state.tell = data.picks ? (place) => setTriggerValue("picked", place) : null;
  state.leave = data.limits ? (value) => {
    state.drawn = null; // the browser has moved it: whatever comes next is drawn
    setTriggerValue("limited", [value]);
  } : null;
  state.watched.receive(data);
  return () => {
    state.watched.end();
    state.observer.disconnect();
    state.saving.end();
    state.limit.end();
    states.delete(node);
    if (window.Plotly) window.Plotly.purge(node);
  };
}
