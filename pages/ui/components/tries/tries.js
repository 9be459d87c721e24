// What to try on a page: a row of names; the question of the one that was pressed, and its answer
// behind a fold. Pressing a name tells Python, which puts the settings of it on the controls.
// data: { tries: [{name, label, task, answer}], chosen, picture }

const BELOW_THE_MENU = 64; // pixels that the app's own header covers
const LOOKED_FOR = 10_000; // milliseconds in which Python has drawn what was asked for

function createTries(root, pick) {
  const names = make("div", { class: "names", role: "group", "aria-label": say("Try this") });
  const task = make("span", { class: "task" });
  const shut = make("button", { type: "button", class: "shut", "aria-label": say("Close the question"), title: say("Close the question"), onclick: () => choose("") }, "✕");
  const answer = make("p", { class: "answer" });
  const fold = make("details", { ontoggle: () => fold.open && look() }, make("summary", {}, say("What you should see, and why")), answer);
  const box = make("div", { class: "asked", role: "status" }, make("p", {}, task), fold, shut);
  root.append(names, box);
  let data = null;
  let chosen = "";
  let looking = null; // what ends the look that is under way

  function choose(name) {
    if (name !== chosen) fold.open = false;
    chosen = name;
    draw();
    pick(name);
    if (name) look();
  }

  function draw() {
    for (const button of names.querySelectorAll("button")) {
      set(button, { "aria-pressed": String(button.dataset.name === chosen) });
    }
    const one = data.tries.find((each) => each.name === chosen);
    box.hidden = !one;
    if (!one || box.dataset.name === one.name) return;
    box.dataset.name = one.name;
    task.innerHTML = one.task;
    answer.innerHTML = one.answer;
    fold.hidden = !one.answer;
  }

  // The picture in view, below the question; the names may go up where there is no room for them.
  // Again whenever the page that Python draws now grows, or its picture does; not for long, and not
  // once the visitor goes on.
  function look() {
    looking?.abort();
    looking = new AbortController();
    const { signal } = looking;
    const stop = looking.abort.bind(looking);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { signal, passive: true });
    let picture = null;
    let frame = 0;
    const settle = () => {
      const now = document.querySelector(data.picture);
      if (now !== picture && picture) sizes.unobserve(picture);
      if (now !== picture && now) sizes.observe(now);
      picture = now;
      bring(picture);
    };
    const sizes = new ResizeObserver(() => {
      cancelAnimationFrame(frame);
      frame = requestAnimationFrame(settle);
    });
    sizes.observe(document.querySelector("[data-testid=stMainBlockContainer]") ?? document.body); // tells of its size now, too
    const timer = setTimeout(stop, LOOKED_FOR);
    signal.addEventListener("abort", () => {
      sizes.disconnect();
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    });
  }
  function bring(picture) {
    if (!picture || !root.isConnected) return;
    const under = picture.getBoundingClientRect().bottom - innerHeight;
    const room = box.getBoundingClientRect().top - BELOW_THE_MENU;
    if (under > 1 && room > 1) document.querySelector("[data-testid=stMain]").scrollBy(0, Math.min(under, room));
  }

  return {
    receive(next) {
      const before = data;
      data = next;
      const same = before && JSON.stringify(before.tries) === JSON.stringify(next.tries);
      if (!same) {
        names.replaceChildren(make("b", {}, say("Try this")));
        for (const { name, label } of data.tries) names.append(make("button", { type: "button", "data-name": name, onclick: () => choose(name) }, label));
        delete box.dataset.name;
      }
      // Who has pressed since is right: what was drawn meanwhile does not know of it yet.
      if (!before || before.chosen !== next.chosen) chosen = next.chosen;
      draw();
    },
    resize: () => {},
    end: () => looking?.abort(),
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, name) => setTriggerValue("pick", name) }, createTries);
}
