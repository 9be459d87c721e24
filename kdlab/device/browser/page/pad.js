// A pad to draw on, and what the networks see of it.

function padInput(app, shape) {
  let raw = null;
  let frame = 0;
  let quiet = false; // the pad is emptied for an example, which is asked instead

  const ink = createInk({
    soon: () => (frame ||= requestAnimationFrame(() => ((frame = 0), ink.state.empty || tell()))),
    now: () => quiet || tell(),
    looks: () => ({ ink: colour("ink"), muted: colour("muted"), down: colour("distilled") }),
  });
  const preview = make("canvas", { class: "pixels", role: "img", "aria-label": `What the ${see(app.networks)}` });
  const node = make("div", { class: "pad" },
    ink.face,
    make("div", { class: "beside" },
      make("figure", {}, preview, make("figcaption", {}, `What the ${see(app.networks)}`)),
      make("label", { class: "pen" }, "Pen", ink.brush),
      make("button", { type: "button", onclick: () => ink.wipe() }, "Clear")),
    make("p", { class: "keys" }, "By keyboard: arrow keys move, space puts the pen down and up, Delete clears."));

  const drawing = () => ({ size: INK.paper, pixels: ink.averaged() });
  function tell() {
    const { pixels, size } = drawing();
    app.ask(drawn.seen(pixels, size, shape), null);
  }
  function paint() {
    ink.paint();
    if (raw) drawPixels(preview, shape, raw, channelsOf(colour("ink")));
  }
  return {
    node,
    paint,
    drawing,
    // An input was asked: `example` is its number among the examples, null for a drawing.
    asked(given, example) {
      raw = given;
      quiet = true;
      if (example !== null) ink.wipe();
      quiet = false;
      paint();
    },
  };
}
