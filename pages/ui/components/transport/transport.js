// How far work is, and the player of it: all that it does, it does here, without a run of Python.
// data: { value: {state, fraction, text, head, last, seconds}, mark, play, steps, stops, ends, library, player, stream, name }
// state: "none" nothing is known, "waits", "runs", "over". `play`: from its first epoch. `steps`: the
// picture is a player's. `stops`: what Stop does, null without that button. `ends`: the page is to know.
// Tells Python {stop: mark} of the press, and {ended: mark} once the stream has told all. `server` names
// the server: another one than before has lost what was at work.

const KEYS = { p: "turn", b: "back", n: "step", e: "end", s: "stop" };

function createTransport(root, tell) {
  const bar = make("div", { class: "bar", role: "progressbar", "aria-valuemin": 0, "aria-valuemax": 100 }, make("b"));
  const words = make("p", { class: "said" });
  const act = (name, label, title, call) => {
    const key = Object.keys(KEYS).find((k) => KEYS[k] === name);
    return make("button", { type: "button", title, onclick: call, "data-act": name, "aria-keyshortcuts": key.toUpperCase() }, make("span", {}, label), make("kbd", { "aria-hidden": "true" }, key.toUpperCase()));
  };
  const acts = {
    stop: act("stop", say("Stop"), "", () => stop()),
    turn: act("turn", say("Pause"), "", () => (player.playing ? player.pause() : player.play())),
    back: act("back", say("Back"), say("One epoch back."), () => player.step(-1)),
    step: act("step", say("Step"), say("One epoch forward."), () => player.step(1)),
    end: act("end", say("End"), say("The newest epoch."), () => player.end()),
  };
  const speed = make("select", { "aria-label": say("Speed"), title: say("Slow motion. 1x follows a live run; a stored one is replayed in seconds.") });
  for (const name of Object.keys(PLAYER.speeds)) speed.append(make("option", {}, name));
  const scrubber = make("input", { type: "range", min: 0, step: 1, "aria-label": say("Epoch"), title: say("Drag to any epoch of this run.") });
  const course = make("div", { class: "course" }, scrubber, bar, words);
  const row = make("div", { class: "row" }, acts.stop, acts.turn, acts.back, acts.step, acts.end, speed, course);
  root.append(row);
  let data = null;
  let value = null; // newest of what is told
  let player = null;
  let dropped = () => {};
  let told = ""; // for which mark the end was told
  let again = 0;
  let stopped = ""; // for which mark Stop was pressed
  let lived = ""; // which mark was at work while it was looked at
  let stream = null;
  const paint = painter(root, draw);
  const seen = watched((next, _, source) => {
    value = next;
    stream = source;
    learn();
  });

  function learn() {
    const over = value.state === "over" || value.state === "none";
    if (value.state === "none") player.know({ mark: data.mark, head: -1, over: true, seconds: 0 });
    else player.know({ mark: data.mark, head: value.head, over, seconds: value.seconds ?? 0, play: data.play });
    // Python draws the rest: once, when nothing more will come.
    if (stream && stream.state !== "open" && told !== data.stream) {
      told = data.stream;
      if (data.ends && stream.state !== "left") insist({ ended: data.mark });
    }
    paint();
  }
  // Until the page has run: what is said while the server is away is lost.
  function insist(words) {
    tell("told", words);
    clearTimeout(again);
    again = setTimeout(() => insist(words), 5000);
  }
  function stop() {
    if (acts.stop.disabled) return;
    stopped = data.mark;
    insist({ stop: data.mark });
    stream?.close(); // the picture stands still at once, whatever the server does meanwhile
    draw();
  }

  function draw() {
    if (!value) return;
    const going = (value.state === "waits" || value.state === "runs") && stopped !== data.mark;
    const [epoch, { head }] = [player.epoch(), player];
    const paused = !player.playing && (player.behind() || (going && epoch >= 0));
    if (going) lived = data.mark;
    // It has ended while it was looked at: its result is there, at the end. What was stored is played.
    const told = value.state === "over" && value.text === "" && lived === data.mark;
    let { text, fraction } = value;
    if (stopped === data.mark && value.state !== "over") text = say("Stopping");
    else if (data.steps && head >= 1 && paused) {
      text = going ? say("Held at epoch {epoch}; training continues, at epoch {head} of {last}", { epoch, head, last: value.last }) : say("Epoch {epoch} of {epochs}", { epoch, epochs: value.last });
      if (told) text += say(". Press End for the result");
    } else if (data.steps && player.behind()) {
      text = say("Epoch {epoch} of {epochs}", { epoch, epochs: value.last }) + (going ? say("; the run is at epoch {head}", { head }) : "");
      if (told && player.speed < 1) text += say("; the run has ended, End shows its result");
      fraction = epoch / Math.max(1, value.last);
    }
    if (stream?.problem) text = stream.problem;
    else if (window.kdlabRestarted && text === "") text = say("The server was started again. Running work has ended; stored results are still here.");
    const scrubs = data.steps && head >= 1 && !(going && player.playing) && !player.playing;
    set(bar, { hidden: scrubs || text === "", "aria-valuenow": Math.round(100 * fraction), "aria-label": text });
    bar.firstChild.style.width = `${100 * fraction}%`;
    // Read aloud unless it changes with every epoch.
    set(words, { role: going || player.playing ? null : "status" });
    if (words.textContent !== text) words.textContent = text;
    row.hidden = !data.steps && data.stops === null && text === "";
    set(acts.stop, { hidden: data.stops === null, disabled: !going, title: data.stops ?? "" });
    const none = head < 0 && !player.playing;
    for (const name of ["turn", "back", "step", "end"]) set(acts[name], { hidden: !data.steps, disabled: none });
    acts.turn.firstChild.textContent = player.playing ? say("Pause") : say("Play");
    acts.turn.title = player.playing ? say("Hold the charts here. Training continues; Stop ends it.") : say("Continue; at the end, play again from the beginning.");
    set(speed, { hidden: !data.steps });
    speed.value = Object.keys(PLAYER.speeds).find((name) => PLAYER.speeds[name] === player.speed);
    set(scrubber, { hidden: !scrubs, max: Math.max(1, value.last) });
    scrubber.value = Math.max(0, epoch);
    set(scrubber, { "aria-valuetext": say("Epoch {epoch} of {epochs}", { epoch: Math.max(0, epoch), epochs: value.last }) });
    // Results that come at the end are not there before the picture is, which is a player's alone.
    if (data.steps) {
      document.querySelectorAll(".st-key-result").forEach((node) => {
        node.style.visibility = player.behind() ? "hidden" : "";
      });
    }
  }

  speed.onchange = () => player.setSpeed(PLAYER.speeds[speed.value]);
  scrubber.oninput = () => player.seek(Number(scrubber.value));
  scrubber.onpointerup = () => scrubber.blur(); // else the page's own keys, T and X, are not heard
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const into = event.composedPath()[0];
    if (into.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(into.tagName)) {
      if (into.type !== "range" && into.type !== "checkbox") return;
    }
    const name = KEYS[event.key.toLowerCase()];
    if (name && !acts[name].hidden && !row.hidden) acts[name].click();
  };
  document.addEventListener("keydown", pressed);

  return {
    receive(next) {
      if (player !== playerOf(next.player)) {
        dropped();
        player = playerOf(next.player);
        dropped = player.watch(paint);
      }
      if (data && next.stream !== data.stream) clearTimeout(again);
      data = next;
      expectCharts(next.library);
      // Of the window, for a component may be mounted anew when its page is.
      if (window.kdlabServer && window.kdlabServer !== next.server) window.kdlabRestarted = true;
      window.kdlabServer = next.server;
      if (next.stream) window.kdlabRestarted = false;
      else stream = null;
      readTheme(root);
      seen.receive(next);
      if (!next.stream) {
        value = next.value; // at once: the charts beside ask the player which epoch they show
        learn();
      }
    },
    resize: paint,
    end: () => {
      clearTimeout(again);
      document.removeEventListener("keydown", pressed);
      if (data?.steps) document.querySelectorAll(".st-key-result").forEach((node) => (node.style.visibility = ""));
      dropped();
      seen.end();
      paint.stop();
    },
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, [name, value]) => setTriggerValue(name, value) }, (root, send) =>
    createTransport(root, (name, value) => send([name, value])));
}
