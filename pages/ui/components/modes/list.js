// All divergences at once, one a row: its name, a bar, its value; the chosen one is what is learned.

const BAR_NATS = 2; // a bar is full here, but for total variation, which is at most 1

function divergenceList(onChoose) {
  const node = make("div", { class: "divergences", role: "radiogroup", "aria-label": "Which divergence the student makes small" });
  let rows = [];
  function build(lab) {
    rows = lab.divergences.map(({ name, label, formula }) => {
      const value = make("span", { class: "value" });
      const bar = make("i");
      const words = make("span", { class: "name" }, label);
      const row = make("button", { type: "button", role: "radio", "data-name": name, title: formula, onclick: () => onChoose(name) },
        words, make("span", { class: "bar", "aria-hidden": "true" }, bar), value);
      return { name, label, row, value, bar, words };
    });
    node.replaceChildren(...rows.map(({ row }) => row));
  }
  node.onkeydown = (event) => {
    const move = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const now = rows.findIndex(({ row }) => row.getAttribute("aria-checked") === "true");
    const next = rows[(now + move + rows.length) % rows.length];
    onChoose(next.name);
    next.row.focus();
  };
  function draw(values, chosen, parameters, disabled) {
    rows.forEach(({ name, label, row, value, bar, words }, i) => {
      const bound = name === "total-variation";
      const parameter = { jsd: ` β ${parameters.beta.toFixed(2)}`, "skew-kl": ` ${parameters.skew.toFixed(2)}` }[name] ?? "";
      words.textContent = label + parameter;
      value.textContent = values[i].toFixed(3);
      bar.style.width = `${100 * Math.min(1, values[i] / (bound ? 1 : BAR_NATS))}%`;
      set(row, {
        "aria-checked": String(name === chosen),
        tabindex: name === chosen ? 0 : -1,
        disabled: disabled && name !== chosen,
        "aria-label": `${words.textContent}: ${value.textContent}${bound ? "" : " nats"}`,
      });
    });
  }
  return { node, build, draw };
}

// Whether a student covers the teacher's two modes, or which of them it has found.
function character({ weight, distance, width }, { mean, sigma }) {
  if (weight === 0 || weight === 1 || distance < 2 * width) return "The teacher has one hump, and the student lies on it.";
  const near = [-distance / 2, distance / 2].map((at) => Math.abs(at - mean) < 1.6 * sigma);
  if (near[0] && near[1]) return "It covers both modes.";
  if (near[0] || near[1]) return `It has sought the ${near[0] ? "left" : "right"} mode and ignores the other.`;
  return "It lies on neither mode.";
}

const place = ({ mean, sigma }) => `μ ${told(mean)}, σ ${told(sigma)}`;
const counted = (n, one, many) => `${["no", "one", "two", "three", "four"][n] ?? n} ${n === 1 ? one : many}`;

// What a descent from the student's own place has come to.
function toldOne(label, mixture, found) {
  const end = found.path.at(-1);
  if (found.lost) return `${label} does not move the student: it does not overlap with its teacher, so small moves change almost nothing.`;
  const rest = found.settled ? "" : " It was stopped there, still on its way.";
  return `${label}: in ${found.path.length - 1} steps to ${place(end)}, ${found.value.toFixed(3)} left. ${character(mixture, end)}${rest}`;
}

// What descents from several starts have come to.
function toldAll(label, mixture, all, ends) {
  const lost = all.filter((each) => each.lost || !each.settled).length;
  const apart = lost ? ` ${counted(lost, "start was", "starts were")} hardly moved, being too far away.` : "";
  if (!ends.length) return `${label}: none of ${all.length} starts found a way.${apart}`;
  const where = ends.map((each) => `${place(each.path.at(-1))} (${each.value.toFixed(3)})`).join("; ");
  const [best] = ends;
  return `${label}, from ${all.length} starts: ${counted(ends.length, "minimum", "minima")}, ${where}. The student goes to the best. ${character(mixture, best.path.at(-1))}${apart}`;
}
