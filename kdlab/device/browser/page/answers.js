// The answers: one card for each network, with its top answer, bars and time.

const FEW = 12; // so many classes stand in their own order; of more the most probable ones are shown
const SHOWN = 8;

// Role of a run, in small letters -> [name, class of its card]. An arm of a study that is none of them stands by
// its own label.
const ROLES = new Map([
  ["teacher", ["Teacher", "teacher"]],
  ["labels only", ["Student, labels only", "labels"]],
  ["distilled", ["Student, distilled", "distilled"]],
]);
const known = (role) => ROLES.get(role.toLowerCase()) ?? [role, "other"];
const roleName = (role) => known(role)[0];

// Classes as they are shown: a space has a sign.
const shownName = (name) => (name === " " ? "␣" : name);

function answerCard(program) {
  const classes = program.classes;
  const rows = Math.min(classes.length, classes.length > FEW ? SHOWN : FEW);
  const top = make("output", { class: "top" });
  const sure = make("span", { class: "sure" });
  const verdict = make("span", { class: "verdict" });
  const list = make("ol", { class: "bars", role: "img" });
  const bars = Array.from({ length: rows }, () => {
    const parts = { name: make("span", { class: "name" }), bar: make("i"), told: make("span", { class: "told" }) };
    list.append(make("li", {}, parts.name, make("span", { class: "rail" }, parts.bar), parts.told));
    return parts;
  });
  const time = make("p", { class: "time" }, "measuring …");
  const above = make("div", { class: "above" });
  const [name, kind] = known(program.role);
  const node = make("section", { class: `card ${kind}` },
    make("h2", {}, named(name), " ", make("small", {}, named(program.architecture))),
    above, make("div", { class: "answer" }, top, sure, verdict), list, time);

  // logits, T and the true class, null where nobody knows it.
  function show(logits, T, truth) {
    const p = shares(logits, T);
    const best = p.indexOf(Math.max(...p));
    const order = [...p.keys()];
    if (classes.length > FEW) order.sort((a, b) => p[b] - p[a]);
    // Told anew only where it changed: a screen reader says it then.
    if (node.dataset.answer !== String(best)) top.replaceChildren(named(shownName(classes[best])));
    top.classList.toggle("long", classes[best].length > 3);
    sure.textContent = percent(p[best]);
    // What comes next in a text is no question with one right answer.
    const text = program.input.kind === "text";
    verdict.className = `verdict ${truth === null || text ? "" : truth === best ? "right" : "wrong"}`;
    if (truth === null) verdict.textContent = "";
    else if (truth === best && !text) verdict.textContent = "right";
    else verdict.replaceChildren(text ? "here it was " : "wrong, it is ", named(shownName(classes[truth])));
    bars.forEach(({ name, bar, told }, n) => {
      const c = order[n];
      name.replaceChildren(named(shownName(classes[c])));
      bar.style.width = `${100 * p[c]}%`;
      bar.parentNode.parentNode.classList.toggle("best", c === best);
      told.textContent = percent(p[c]);
    });
    const words = order.slice(0, rows).map((c) => `${isolated(classes[c])} ${percent(p[c])}`);
    list.setAttribute("aria-label", `Probabilities: ${words.join(", ")}`);
    node.dataset.answer = best;
  }
  function timed(sorted) {
    const range = sorted.length > 9 ? `, ${milliseconds(at(sorted, 0.05))} to ${milliseconds(at(sorted, 0.95))} in nine of ten` : "";
    time.replaceChildren(make("b", {}, milliseconds(at(sorted, 0.5))), ` on this device${range}`);
    node.dataset.ms = at(sorted, 0.5);
  }
  return { node, above, show, timed, wait: (words) => (time.textContent = words) };
}
