// The player of a page: which epoch of its work the page shows. One for all its charts and pictures.
//
//                     play                        the head moves on (work that goes on)
//    held   <──────────────────> playing ──────────────────────────────> at the end: held
//              pause, step, seek
//
// At full speed work that goes on is followed as it comes. What is over is played at the pace at which
// it was trained, but in 4 to 8 seconds; the speed is a fraction of that pace.

const PLAYER = { speeds: { "1x": 1, "1/4x": 0.25, "1/10x": 0.1, "1/40x": 0.025 }, shortest: 4, longest: 8 };

// The speed that was chosen in this tab outlives a page that is loaded anew, for the work that it then
// goes on with.
function speedKept(name) {
  const key = `kdlab.speed.${name}`;
  let kept = 1;
  try {
    kept = Object.values(PLAYER.speeds).find((speed) => String(speed) === sessionStorage.getItem(key)) ?? 1;
  } catch {} // a browser that keeps nothing
  return {
    first: kept,
    keep(speed) {
      try {
        sessionStorage.setItem(key, speed);
      } catch {}
    },
  };
}

function createPlayer(name) {
  const listeners = new Set();
  const kept = speedKept(name);
  let ticked = 0;
  let frame = 0;
  const player = {
    mark: null, // names the work that is shown; another one begins anew
    head: -1, // the newest epoch that there is
    position: -1,
    speed: 1,
    playing: false,
    over: true, // no more epochs will come
    seconds: 0, // for how long it was trained
  };
  const say = () => listeners.forEach((call) => call(player));
  const floor = () => (player.position >= 0 ? Math.floor(player.position) : -1);
  const follows = () => player.playing && player.speed >= 1 && !player.over;

  function tick(now) {
    frame = 0;
    const before = floor();
    const passed = Math.min(Math.max(now - ticked, 0) / 1000, 0.5); // a frame began before it was asked for
    ticked = now;
    if (player.playing && !follows() && player.position >= 0) {
      const pace = Math.max(player.head, 1) / clampTo(player.seconds, PLAYER.shortest, PLAYER.longest);
      player.position = Math.min(player.position + passed * pace * player.speed, player.head);
    }
    if (player.playing && player.over && player.position >= player.head) player.playing = false;
    if (floor() !== before || !player.playing) say();
    if (player.playing && !follows()) move();
  }
  const clampTo = (v, low, high) => Math.min(high, Math.max(low, v || 0));
  const move = () => {
    if (!frame) frame = requestAnimationFrame(tick);
  };
  const start = () => {
    if (!frame) ticked = performance.now();
    if (player.playing && !follows()) move();
    say();
  };
  const state = () => String([player.mark, player.head, player.position, player.playing, player.over]);

  return Object.assign(player, {
    epoch: floor,
    follows,
    // Whether the page shows an earlier epoch than the newest.
    behind: () => floor() >= 0 && floor() < player.head,
    // What is known of the work: {mark, head, over, seconds, play}. `play`: from the beginning.
    know(told) {
      const before = state();
      const anew = told.mark !== player.mark;
      if (anew) {
        const speed = player.mark === null ? kept.first : 1;
        Object.assign(player, { mark: told.mark, head: -1, position: -1, speed, playing: !told.over });
        kept.keep(speed);
      }
      const followed = anew || follows() || player.position < 0;
      if (told.head < player.head) player.position = Math.min(player.position, told.head);
      Object.assign(player, { head: told.head, over: told.over, seconds: told.seconds });
      if (anew && told.play) Object.assign(player, { position: Math.min(told.head, 0), playing: true });
      else if (followed) player.position = player.head;
      if (player.over && player.position >= player.head) player.playing = false;
      if (state() !== before) start(); // whoever hears of it tells it what is known once more
    },
    play() {
      if (player.over && player.position >= player.head) player.position = Math.min(player.head, 0);
      player.playing = true;
      start();
    },
    pause() {
      player.playing = false;
      say();
    },
    seek(epoch) {
      player.playing = false;
      player.position = Math.min(Math.max(epoch, Math.min(player.head, 0)), player.head);
      say();
    },
    step: (epochs) => player.seek(floor() + epochs),
    end() {
      Object.assign(player, { position: player.head, speed: 1, playing: !player.over });
      kept.keep(1);
      start();
    },
    setSpeed(speed) {
      player.speed = speed;
      kept.keep(speed);
      if (follows()) player.position = player.head;
      start();
    },
    watch(call) {
      listeners.add(call);
      return () => listeners.delete(call);
    },
  });
}

// The player of the page `name`.
function playerOf(name) {
  const all = (window.kdlabPlayers ??= new Map());
  if (!all.has(name)) all.set(name, createPlayer(name));
  return all.get(name);
}
