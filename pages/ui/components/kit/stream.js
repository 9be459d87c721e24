// Work as the server tells it: one connection for all that a page shows of it, whoever asks first.
// A value is what a place on the page shows; the server sends it whole, or what has changed in it.

const STREAMS = {
  patience: 4000, // ms until the first answer: a proxy may keep all back, and a fetch then asks
  hidden: 5000, // ms between two fetches of a page that nobody sees: they hold the lease
  again: 2000, // ms until a fetch that failed is tried again
  rest: 1500, // ms that a connection without listeners stays, for whoever is mounted anew
};

// The same as `applied` in kdlab/streams/deltas.py.
function applied(value, operations) {
  for (const [path, ...rest] of operations) {
    if (!path.length && rest.length === 1) {
      value = rest[0];
      continue;
    }
    const whole = { "": value };
    let [holder, at] = [whole, ""];
    for (const key of path) [holder, at] = [holder[at], key];
    if (rest.length === 0) delete holder[at];
    else if (rest.length === 1) holder[at] = rest[0];
    else holder[at].splice(rest[0], Infinity, ...rest[1]);
    value = whole[""];
  }
  return value;
}

function createStream(address, forget) {
  const url = new URL(address, document.baseURI);
  const values = new Map();
  const listeners = new Map(); // name -> functions, called with the stream
  let number = 0;
  let events = null;
  let timer = 0;
  let resting = 0;
  let asking = null;
  let blocked = false; // events do not come through
  const stream = { address, state: "open", problem: "" };

  const say = (names) => {
    for (const name of names) for (const call of listeners.get(name) ?? []) call(stream);
  };
  const end = (state, problem = "") => {
    stop();
    Object.assign(stream, { state, problem });
    say(listeners.keys());
  };
  const take = ({ n, slots }) => {
    number = n;
    stream.problem = "";
    for (const [name, told] of Object.entries(slots)) {
      if ("is" in told) values.set(name, told.is);
      else if (values.has(name)) for (const delta of told.by) values.set(name, applied(values.get(name), delta));
    }
    say(Object.keys(slots));
  };
  const stop = () => {
    clearTimeout(timer);
    timer = 0;
    events?.close();
    events = null;
    asking?.abort();
    asking = null;
  };

  function listen() {
    url.search = number ? `?after=${number}` : "";
    const source = new EventSource(url);
    events = source;
    const arm = () => {
      timer ||= setTimeout(() => {
        blocked = true;
        begin();
      }, STREAMS.patience);
    };
    arm();
    source.onmessage = ({ data }) => {
      clearTimeout(timer);
      timer = 0;
      take(JSON.parse(data));
    };
    source.addEventListener("end", () => end("over"));
    source.addEventListener("gone", ({ data }) => end("gone", JSON.parse(data)));
    source.addEventListener("problem", ({ data }) => {
      stop();
      stream.problem = JSON.parse(data);
      say(listeners.keys());
      timer = setTimeout(begin, STREAMS.again); // others may leave
    });
    source.onerror = () => {
      if (events !== source) return;
      if (source.readyState === EventSource.CLOSED) ask(); // it says why
      else arm(); // the browser tries again; where it does so in vain, a fetch may come through
    };
  }

  async function ask() {
    stop();
    const control = new AbortController();
    asking = control;
    url.search = `?after=${number}`;
    try {
      const answer = await fetch(url, { signal: control.signal, headers: { Accept: "application/json" } });
      const told = await answer.json();
      if (asking !== control) return;
      if (told.gone) return end("gone", told.gone);
      if (!answer.ok) {
        stream.problem = told.problem ?? "";
        say(listeners.keys());
      } else {
        stream.problem = "";
        take(told.news);
        if (told.over) return end("over");
      }
      timer = setTimeout(begin, answer.ok ? (document.hidden ? STREAMS.hidden : 0) : STREAMS.again);
    } catch {
      if (asking === control) timer = setTimeout(begin, STREAMS.again);
    }
  }

  // Seldom while nobody sees the page: a browser has six connections to a server for all its tabs.
  function begin() {
    stop();
    if (stream.state !== "open") return;
    if (blocked || document.hidden || !window.EventSource) ask();
    else listen();
  }
  const turned = () => listeners.size && begin();
  document.addEventListener("visibilitychange", turned);

  return Object.assign(stream, {
    value: (name) => values.get(name),
    // Have `call` called with the stream when the value of `name` changes, or when all is over.
    watch(name, call) {
      clearTimeout(resting);
      if (!listeners.size) begin();
      if (!listeners.has(name)) listeners.set(name, new Set());
      listeners.get(name).add(call);
      if (values.has(name) || stream.state !== "open") queueMicrotask(() => call(stream));
      return () => {
        if (!listeners.get(name)?.delete(call)) return; // it was dropped before
        if (!listeners.get(name).size) listeners.delete(name);
        if (listeners.size) return;
        clearTimeout(resting);
        resting = setTimeout(() => {
          stop();
          document.removeEventListener("visibilitychange", turned);
          forget();
        }, STREAMS.rest);
      };
    },
    close: () => end("left"),
  });
}

// The scripts of all components are modules of their own: what they share hangs on the window.
function streamOf(address) {
  const all = (window.kdlabStreams ??= new Map());
  if (!all.has(address)) all.set(address, createStream(address, () => all.delete(address)));
  return all.get(address);
}
