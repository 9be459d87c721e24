// The temperature T: its limits, its slider, and a log axis of it on which T can be dragged.

const T_TICKS = [0.5, 1, 2, 4, 8, 20, 50];

// The temperature: a log scale from T_LOW to T_HIGH, typed values from T_MIN to T_MAX, which come
// from the lab's settings (inline.py). `label` and `name` where it is not the T of the training.
function temperatureSlider({ onInput, onCommit, label = [say("Temperature "), make("var", {}, "T")], name = say("Temperature T") }) {
  const span = Math.log(T_HIGH / T_LOW);
  return slider({
    label,
    name,
    low: T_LOW,
    high: T_HIGH,
    min: T_MIN,
    max: T_MAX,
    ticks: T_TICKS,
    step: 0.005,
    scale: { to: (T) => Math.log(T / T_LOW) / span, from: (x) => niceT(T_LOW * Math.exp(x * span)) },
    show: showT,
    parse: (text) => Number(text.replace(",", ".").trim() || NaN),
    onInput,
    onCommit,
  });
}

// The log axis of T along an SVG plot `width()` wide, on which a pointer sets T. Returns x(T), the
// place of a T, and `steps`, T at 61 even places of the axis.
function temperatureAxis(svg, { left, right, width, onInput, onDrop }) {
  const span = Math.log(T_HIGH / T_LOW);
  const at = (share) => T_LOW * Math.exp(share * span);
  const x = (T) => left + clamp(Math.log(T / T_LOW) / span, 0, 1) * (width() - left - right);
  const dragTo = (event) => {
    const share = (event.clientX - svg.getBoundingClientRect().left - left) / (width() - left - right);
    onInput(niceT(at(clamp(share, 0, 1))));
  };
  svg.onpointerdown = (event) => {
    svg.setPointerCapture(event.pointerId);
    // A finger that has not moved sideways yet may be about to scroll: then the browser cancels it.
    let moved = event.pointerType !== "touch";
    const follow = (next) => {
      moved ||= Math.abs(next.clientX - event.clientX) > 8;
      if (moved) dragTo(next);
    };
    if (moved) dragTo(event);
    svg.onpointermove = follow;
    svg.onpointerup = svg.onpointercancel = (last) => {
      svg.onpointermove = svg.onpointerup = svg.onpointercancel = null;
      if (last.type === "pointerup" && !moved) dragTo(last); // a tap
      if (last.type === "pointerup" || moved) onDrop();
    };
  };
  return { x, steps: Array.from({ length: 61 }, (_, i) => at(i / 60)) };
}
