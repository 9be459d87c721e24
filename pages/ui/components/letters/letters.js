// The next character after the same beginning, as several models see it, under one temperature.
// data: classes, rows [{look, label, logits}], truth (probabilities, or null), help of T, hide, and
// temperature, to adopt when `revision` is new.

const ROW = { height: 58, head: 14, named: 3 };

function createLetters(root, send) {
  let data = null;
  const state = { T: 1 };
  let rows = [];
  const commit = committer(send);
  const paint = painter(root, draw);
  const tell = () => commit({ temperature: niceT(state.T), revision: data.revision });
  const move = (T) => {
    state.T = T;
    paint();
  };
  const temperature = temperatureSlider({ label: [say("T of the bars")], name: say("T of the bars"), onInput: move, onCommit: (T) => (move(T), tell()) });
  const holder = make("div", { class: "rows" });
  const words = make("p", { class: "muted", hidden: true }, "This T only changes the view: the students were trained with their own T.");
  root.append(temperature.node, words, holder);

  function receive(next) {
    const before = data;
    data = next;
    readTheme(root);
    temperature.explain(data.help);
    temperature.node.hidden = words.hidden = data.hide.includes("temperature");
    if (!before || before.revision !== data.revision) {
      commit.stop();
      state.T = data.temperature;
    }
    const drawn = ({ classes, rows, truth }) => JSON.stringify([classes, rows.map((r) => [r.look, r.label]), truth]);
    if (!before || drawn(before) !== drawn(data)) build();
    paint();
  }

  // Columns of all rows stand above each other: the same character in each model.
  function build() {
    const { classes, truth } = data;
    const width = Math.max(220, holder.clientWidth);
    const column = width / classes.length;
    const bar = Math.min(30, column * 0.72);
    const centre = (i) => column * (i + 0.5);
    rows = data.rows.map(({ look, label }, place) => {
      const last = place === data.rows.length - 1;
      const band = classBand(classes, column);
      const base = ROW.head + ROW.height;
      const total = base + (last ? band.height : 2);
      const svg = make("svg", { height: total, viewBox: `0 0 ${width} ${total}`, preserveAspectRatio: "xMinYMin", role: "img" });
      svg.append(make("line", { class: "axis", x1: 0, x2: width, y1: base, y2: base }));
      const marks = []; // where the truth is known
      const bars = classes.map((name, i) => {
        const rect = make("path", { class: look });
        const value = make("text", { class: "value", "text-anchor": "middle", x: centre(i) });
        svg.append(rect, value);
        if (truth) {
          marks.push(make("line", { class: "true", x1: centre(i) - bar / 2 - 2, x2: centre(i) + bar / 2 + 2 }));
          svg.append(marks.at(-1));
        }
        if (last) {
          const below = make("text", { class: "name" }, name);
          placeName(below, band, centre(i), base + 15, i);
          svg.append(below);
        }
        return { rect, value };
      });
      const best = make("span", { class: "best" });
      const node = make("div", {}, make("div", { class: "head" }, make("h3", { class: `${look}-text` }, label), best), svg);
      return { node, svg, bars, marks, best, base, bar, centre };
    });
    holder.replaceChildren(...rows.map(({ node }) => node));
  }

  // The highest bar at T = 1, or at a smaller T, is as high as its row: one sees bars shrink as T
  // grows, and rare characters too.
  const most = () => {
    const shares = data.rows.flatMap(({ logits }) => softmax(logits, Math.min(state.T, 1)));
    return Math.max(...shares, ...(data.truth ?? []));
  };

  function draw() {
    temperature.draw(state.T);
    const scale = ROW.height / most();
    data.rows.forEach(({ label, logits }, place) => {
      const { svg, bars, marks, best, base, bar, centre } = rows[place];
      marks.forEach((mark, i) => set(mark, { y1: base - scale * data.truth[i], y2: base - scale * data.truth[i] }));
      const p = softmax(logits, state.T);
      const order = p.map((_, i) => i).sort((a, b) => p[b] - p[a] || a - b).slice(0, ROW.named);
      bars.forEach(({ rect, value }, i) => {
        const top = base - Math.max(scale * p[i], p[i] > 1e-4 ? 1 : 0);
        rect.setAttribute("d", barPath(centre(i) - bar / 2, bar, base, top));
        value.setAttribute("y", top - 4);
        value.textContent = order[0] === i ? `${Math.round(100 * p[i])} %` : "";
      });
      const words = order.map((i) => `${data.classes[i]} ${Math.round(100 * p[i])} %`).join(", ");
      best.textContent = words;
      svg.setAttribute("aria-label", `${label} at T ${showT(state.T)}: ${words}`);
    });
  }

  return {
    receive,
    resize: () => data && (build(), paint()),
    end: () => (paint.stop(), commit.stop()),
  };
}

export default function (component) {
  return mount(component, createLetters);
}
