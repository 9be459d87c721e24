// A pad to draw a digit on. What is drawn goes to the page's sheet at every frame, made like the images
// that its networks know; Python hears nothing of it.
// data: sheet (its name), shape (of an input of the networks), clear (a number; a new one empties the pad).

function createPad(root) {
  let data = null;
  let sheet = null;
  let theme = null;
  let frame = 0;
  let ready = false; // from the first data on there is a theme and a sheet

  const ink = createInk({
    soon: () => (frame ||= requestAnimationFrame(tell)),
    now: () => tell(),
    looks: () => {
      const colour = theme.ink.join(",");
      return { ink: `rgb(${colour})`, muted: `rgba(${colour},0.4)`, down: "#d55e00" };
    },
  });
  const clear = make("button", { type: "button", onclick: () => ink.wipe() }, "Clear");
  const hint = make("p", { class: "muted" }, "Draw with the mouse or a finger; what you draw stays in your browser. By keyboard: arrow keys move, space lowers and lifts the pen, Delete clears.");
  root.append(
    ink.face,
    make("div", { class: "tools" },
      make("div", { class: "row" }, clear, make("label", { class: "width" }, "Pen", ink.brush)),
      hint));
  const paint = painter(root, () => ready && ink.paint());

  function tell() {
    cancelAnimationFrame(frame);
    frame = 0;
    const { empty, pressed, down } = ink.state;
    const paper = empty ? null : ink.averaged();
    const { shape } = data;
    sheet.put(paper && { pixels: drawn.seen(paper, INK.paper, shape), shape, paper, side: INK.paper }, pressed || down);
    paint();
  }

  return {
    receive(next) {
      const before = data;
      data = next;
      sheet = sheetOf(data.sheet);
      theme = readTheme(root);
      ready = true;
      const other = before && String(before.shape) !== String(data.shape);
      if (!before || before.clear !== data.clear) ink.wipe();
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
