// Ink on a pad: pointer, touch or keyboard. The page for the pocket and the lab's own pad share it.
//
// createInk({soon, now, looks}) gives {face, brush, state, wipe(), averaged(), paint()}. `soon` is called
// at each piece of a stroke, `now` when one has ended or all was wiped away. `looks()` gives the colours
// {ink, muted, down} in which it is shown. state: {empty, down (the pen of the keyboard), pressed}.

const INK = { side: 280, paper: 28 }; // the pad's own resolution, and that of what is made of it

function createInk({ soon, now, looks }) {
  const { side } = INK;
  const state = { empty: true, down: false, pressed: false };
  let wide = 22;
  let cursor = { x: side / 2, y: side / 2 };

  // Ink is kept as coverage on a hidden canvas; the visible one shows it in the colours of the page.
  const ink = make("canvas", { width: side, height: side });
  const pen = ink.getContext("2d", { willReadFrequently: true });
  const face = make("canvas", { class: "face", width: side, height: side, tabindex: 0, role: "application" });
  const brush = make("input", { type: "range", min: 10, max: 40, step: 2, value: wide, "aria-label": "Pen width" });

  // The drawing, averaged: INK.paper x INK.paper numbers 0..255.
  function averaged() {
    const colours = pen.getImageData(0, 0, side, side).data;
    const cover = new Uint8Array(side * side);
    for (let i = 0; i < cover.length; i++) cover[i] = colours[4 * i + 3];
    return drawn.averaged(cover, side, INK.paper);
  }
  function stroke(from, to) {
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = wide;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x + 0.01, to.y); // a dot is a line of no length, which would not be drawn
    pen.stroke();
    state.empty = false;
    paint();
    soon();
  }
  function wipe() {
    pen.clearRect(0, 0, side, side);
    state.empty = true;
    paint();
    now();
  }
  function place(event) {
    const box = face.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * side, y: ((event.clientY - box.top) / box.height) * side };
  }
  face.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    face.focus({ preventScroll: true });
    face.setPointerCapture(event.pointerId);
    state.pressed = true;
    cursor = place(event);
    stroke(cursor, cursor);
    face.onpointermove = (move) => {
      // Every position the browser has seen since the last frame, for round curves.
      const seen = move.getCoalescedEvents?.() ?? [];
      for (const each of seen.length ? seen : [move]) {
        const next = place(each);
        stroke(cursor, next);
        cursor = next;
      }
    };
    face.onpointerup = face.onpointercancel = () => {
      face.onpointermove = face.onpointerup = face.onpointercancel = null;
      state.pressed = false;
      now();
      face.dataset.strokes = Number(face.dataset.strokes ?? 0) + 1;
    };
  };
  face.onkeydown = (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const next = { x: clamp(cursor.x + 10 * move[0], 0, side), y: clamp(cursor.y + 10 * move[1], 0, side) };
      if (state.down) stroke(cursor, next);
      cursor = next;
    } else if (event.key === " ") {
      state.down = !state.down;
      if (state.down) stroke(cursor, cursor);
      else now();
    } else if (event.key === "Delete" || event.key === "Backspace") wipe();
    else return;
    event.preventDefault();
    paint();
  };
  face.onfocus = () => paint();
  face.onblur = () => {
    const lifted = state.down;
    state.down = false;
    if (lifted) now();
    paint();
  };
  brush.oninput = () => {
    wide = Number(brush.value);
    paint();
  };

  function paint() {
    const colours = looks();
    const context = face.getContext("2d");
    context.clearRect(0, 0, side, side);
    context.drawImage(ink, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colours.ink;
    context.fillRect(0, 0, side, side);
    context.globalCompositeOperation = "source-over";
    if (state.empty) {
      context.fillStyle = colours.muted;
      context.font = "20px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("draw here", side / 2, side / 2);
    }
    if (face.matches(":focus-visible")) {
      context.strokeStyle = state.down ? colours.down : colours.ink;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(cursor.x, cursor.y, Math.max(5, wide / 2), 0, 7);
      context.stroke();
    }
    brush.style.setProperty("--filled", `${((wide - 10) / 30) * 100}%`);
    const words = state.empty ? "Nothing drawn" : "Something is drawn";
    face.setAttribute("aria-label", `Drawing pad. ${words}. Pen ${state.down ? "down" : "up"}. Arrow keys move, space puts the pen down and up, Delete clears.`);
  }
  return { face, brush, state, wipe, averaged, paint };
}
