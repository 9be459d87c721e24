// A pad to draw on: pointer, touch or keyboard, and what the networks see of it.

const SIDE = 280; // the pad's own resolution, whatever its size on screen
const SEEN = 28; // points a side of the drawing before it is made like the training images

function padInput(app, shape) {
  let wide = 22;
  let cursor = { x: SIDE / 2, y: SIDE / 2 };
  let down = false; // by keyboard: space puts the pen down and up
  let empty = true;
  let raw = null;
  let frame = 0;

  // Ink is kept as coverage on a hidden canvas; the visible one shows it in the page's colours.
  const ink = make("canvas", { width: SIDE, height: SIDE });
  const pen = ink.getContext("2d", { willReadFrequently: true });
  const face = make("canvas", { class: "face", width: SIDE, height: SIDE, tabindex: 0, role: "application" });
  const preview = make("canvas", { class: "pixels", role: "img", "aria-label": `What the ${see(app.networks)}` });
  const brush = make("input", { type: "range", min: 10, max: 40, step: 2, value: wide, "aria-label": "Pen width" });
  const node = make("div", { class: "pad" },
    face,
    make("div", { class: "beside" },
      make("figure", {}, preview, make("figcaption", {}, `What the ${see(app.networks)}`)),
      make("label", { class: "pen" }, "Pen", brush),
      make("button", { type: "button", onclick: () => wipe() }, "Clear")),
    make("p", { class: "keys" }, "By keyboard: arrow keys move, space puts the pen down and up, Delete clears."));

  // The drawing, averaged: size x size numbers 0..255.
  function drawing() {
    const colours = pen.getImageData(0, 0, SIDE, SIDE).data;
    const cover = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < cover.length; i++) cover[i] = colours[4 * i + 3];
    return { size: SEEN, pixels: drawn.averaged(cover, SIDE, SEEN) };
  }
  function tell() {
    const { pixels, size } = drawing();
    app.ask(drawn.seen(pixels, size, shape), null);
  }
  function changed() {
    paint();
    if (!frame) frame = requestAnimationFrame(() => ((frame = 0), empty || tell()));
  }
  function stroke(from, to) {
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = wide;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x + 0.01, to.y); // a dot is a line of no length, which would not be drawn
    pen.stroke();
    empty = false;
    changed();
  }
  function wipe(silent = false) {
    pen.clearRect(0, 0, SIDE, SIDE);
    empty = true;
    paint();
    if (!silent) tell();
  }
  function place(event) {
    const box = face.getBoundingClientRect();
    return { x: ((event.clientX - box.left) / box.width) * SIDE, y: ((event.clientY - box.top) / box.height) * SIDE };
  }
  face.onpointerdown = (event) => {
    if (event.button) return;
    event.preventDefault();
    face.focus({ preventScroll: true });
    face.setPointerCapture(event.pointerId);
    cursor = place(event);
    stroke(cursor, cursor);
    face.onpointermove = (move) => {
      const seen = move.getCoalescedEvents?.() ?? [];
      for (const each of seen.length ? seen : [move]) {
        const next = place(each);
        stroke(cursor, next);
        cursor = next;
      }
    };
    face.onpointerup = face.onpointercancel = () => {
      face.onpointermove = face.onpointerup = face.onpointercancel = null;
      tell();
      face.dataset.strokes = Number(face.dataset.strokes ?? 0) + 1;
    };
  };
  face.onkeydown = (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const next = { x: clamp(cursor.x + 10 * move[0], 0, SIDE), y: clamp(cursor.y + 10 * move[1], 0, SIDE) };
      if (down) stroke(cursor, next);
      cursor = next;
    } else if (event.key === " ") {
      down = !down;
      if (down) stroke(cursor, cursor);
    } else if (event.key === "Delete" || event.key === "Backspace") wipe();
    else return;
    event.preventDefault();
    paint();
  };
  face.onfocus = () => paint();
  face.onblur = () => ((down = false), paint());
  brush.oninput = () => ((wide = Number(brush.value)), paint());

  function paint() {
    const context = face.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    context.drawImage(ink, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour("ink");
    context.fillRect(0, 0, SIDE, SIDE);
    context.globalCompositeOperation = "source-over";
    if (empty) {
      context.fillStyle = colour("muted");
      context.font = "20px system-ui, sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("draw here", SIDE / 2, SIDE / 2);
    }
    if (face.matches(":focus-visible")) {
      context.strokeStyle = down ? colour("distilled") : colour("ink");
      context.lineWidth = 2;
      context.beginPath();
      context.arc(cursor.x, cursor.y, Math.max(5, wide / 2), 0, 7);
      context.stroke();
    }
    if (raw) drawPixels(preview, shape, raw, channelsOf(colour("ink")));
    const words = `${empty ? "Nothing" : "Something"} drawn. Pen ${down ? "down" : "up"}.`;
    face.setAttribute("aria-label", `Drawing pad. ${words} Arrow keys move, space puts the pen down and up, Delete clears.`);
  }
  return {
    node,
    paint,
    drawing,
    // An input was asked: `example` is its number among the examples, null for a drawing.
    asked(given, example) {
      raw = given;
      if (example !== null) wipe(true);
      else paint();
    },
  };
}
