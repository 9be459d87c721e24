// A pad to draw a digit on: pointer, touch, or keyboard. What is drawn goes to the page's sheet at every
// frame, made like the images that its networks know; Python hears nothing of it.
// data: sheet (its name), shape (of an input of the networks), clear (a number; a new one empties the pad).

const SIDE = 280; // the pad's own resolution, whatever its size on screen
const PAPER = 28; // points a side of the drawing before it is made like the training images

function createPad(root) {
  let data = null;
  let sheet = null;
  let theme = null;
  let wide = 22;
  let frame = 0;
  let cursor = { x: SIDE / 2, y: SIDE / 2 };
  let drawing = false; // by keyboard: space puts the pen down and up
  let pressed = false;
  let empty = true;
  let words = "Nothing drawn";

  // Ink is kept as coverage on a hidden canvas; the visible one shows it in the theme's colours.
  const ink = make("canvas", { width: SIDE, height: SIDE });
  const pen = ink.getContext("2d", { willReadFrequently: true });
  const face = make("canvas", { class: "face", width: SIDE, height: SIDE, tabindex: 0, role: "application" });
  const brush = make("input", { type: "range", min: 10, max: 40, step: 2, value: wide, "aria-label": "Pen width" });
  const clear = make("button", { type: "button", onclick: () => wipe() }, "Clear");
  const hint = make("p", { class: "muted" }, "Draw with the mouse or a finger; what you draw stays in your browser. By keyboard: arrow keys move, space puts the pen down and up, Delete clears.");
  root.append(
    face,
    make("div", { class: "tools" },
      make("div", { class: "row" }, clear, make("label", { class: "width" }, "Pen", brush)),
      hint));
  const paint = painter(root, draw);

  // The drawing, averaged: PAPER x PAPER numbers.
  function onPaper() {
    const colours = pen.getImageData(0, 0, SIDE, SIDE).data;
    const cover = new Uint8Array(SIDE * SIDE);
    for (let i = 0; i < cover.length; i++) cover[i] = colours[4 * i + 3];
    return drawn.averaged(cover, SIDE, PAPER);
  }
  function tell() {
    cancelAnimationFrame(frame);
    frame = 0;
    const paper = empty ? null : onPaper();
    const { shape } = data;
    sheet.put(paper && { pixels: drawn.seen(paper, PAPER, shape), shape, paper, side: PAPER }, pressed || drawing);
  }
  const tellSoon = () => (frame ||= requestAnimationFrame(tell));
  function stroke(from, to) {
    pen.lineCap = pen.lineJoin = "round";
    pen.lineWidth = wide;
    pen.beginPath();
    pen.moveTo(from.x, from.y);
    pen.lineTo(to.x + 0.01, to.y); // a dot is a line of no length, which would not be drawn
    pen.stroke();
    empty = false;
    words = "Something is drawn";
    paint();
    tellSoon();
  }
  function wipe() {
    pen.clearRect(0, 0, SIDE, SIDE);
    empty = true;
    words = "Nothing drawn";
    paint();
    tell();
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
    pressed = true;
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
      pressed = false;
      tell();
    };
  };
  face.onkeydown = (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (move) {
      const next = { x: clamp(cursor.x + 10 * move[0], 0, SIDE), y: clamp(cursor.y + 10 * move[1], 0, SIDE) };
      if (drawing) stroke(cursor, next);
      cursor = next;
    } else if (event.key === " ") {
      drawing = !drawing;
      if (drawing) stroke(cursor, cursor);
      else tell();
    } else if (event.key === "Delete" || event.key === "Backspace") wipe();
    else return;
    event.preventDefault();
    paint();
  };
  face.onfocus = () => paint();
  face.onblur = () => {
    const lifted = drawing;
    drawing = false;
    if (lifted) tell();
    paint();
  };
  brush.oninput = () => {
    wide = Number(brush.value);
    paint();
  };

  function draw() {
    const context = face.getContext("2d");
    context.clearRect(0, 0, SIDE, SIDE);
    const colour = `rgb(${theme.ink.join(",")})`;
    context.drawImage(ink, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = colour;
    context.fillRect(0, 0, SIDE, SIDE);
    context.globalCompositeOperation = "source-over";
    if (empty) {
      context.globalAlpha = 0.4;
      context.font = "18px sans-serif";
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("draw here", SIDE / 2, SIDE / 2);
      context.globalAlpha = 1;
    }
    if (face.matches(":focus-visible")) {
      context.strokeStyle = drawing ? "#d55e00" : colour;
      context.lineWidth = 2;
      context.beginPath();
      context.arc(cursor.x, cursor.y, Math.max(5, wide / 2), 0, 7);
      context.stroke();
    }
    brush.style.setProperty("--filled", `${((wide - 10) / 30) * 100}%`);
    face.setAttribute("aria-label", `Drawing pad. ${words}. Pen ${drawing ? "down" : "up"}.`);
  }

  return {
    receive(next) {
      const before = data;
      data = next;
      sheet = sheetOf(data.sheet);
      theme = readTheme(root);
      const other = before && String(before.shape) !== String(data.shape);
      if (!before || before.clear !== data.clear) wipe();
      else if (other) tell(); // the same drawing, for networks that read another kind of image
      paint();
    },
    resize: () => {},
    end() {
      cancelAnimationFrame(frame);
      paint.stop();
      sheet.put(null); // what was drawn is gone
    },
  };
}

export default function (component) {
  return mount(component, createPad);
}
