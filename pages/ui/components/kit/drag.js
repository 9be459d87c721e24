// Bars that are dragged up and down, or typed.

// Make an SVG group a vertical slider: pointer, touch, arrow keys, and typing (Enter or double click).
// `at(clientY)` turns a position on screen into a value; `read()` gives the value now.
function draggable(handle, { name, limit, read, at, onMove, onDrop, onType }) {
  set(handle, { class: "handle", role: "slider", tabindex: 0, "aria-label": name, "aria-orientation": "vertical", "aria-valuemin": -limit, "aria-valuemax": limit });
  handle.onpointerdown = (event) => {
    // A finger drags the grip; elsewhere it may be about to scroll.
    if (event.button || (event.pointerType === "touch" && !event.target.classList.contains("grip"))) return;
    event.preventDefault();
    handle.focus({ preventScroll: true });
    handle.setPointerCapture(event.pointerId);
    const offset = at(event.clientY) - read();
    // Near the grip the bar follows from where it was taken; elsewhere it jumps to the pointer.
    const keep = event.target.classList.contains("grip") ? offset : 0;
    let moved = keep === 0 && offset !== 0;
    const follow = (move) => {
      moved = true;
      onMove(clamp(at(move.clientY) - keep, -limit, limit));
    };
    if (moved) follow(event);
    handle.onpointermove = follow;
    handle.onpointerup = handle.onpointercancel = () => {
      handle.onpointermove = handle.onpointerup = handle.onpointercancel = null;
      if (moved) onDrop();
    };
  };
  handle.ondblclick = onType;
  handle.onkeydown = (event) => {
    const steps = { ArrowUp: 0.25, ArrowRight: 0.25, ArrowDown: -0.25, ArrowLeft: -0.25, PageUp: 2, PageDown: -2 };
    if (event.key in steps) onMove(clamp(Math.round((read() + steps[event.key]) * 4) / 4, -limit, limit));
    else if (event.key === "Home" || event.key === "End") onMove(event.key === "Home" ? -limit : limit);
    else if (event.key === "Enter") onType();
    else return;
    event.preventDefault();
    if (event.key !== "Enter") onDrop();
  };
}

// An input over a bar, to type its value; Enter or leaving takes it, Escape does not.
function typeOver(parent, { left, top, value, limit, name, onTake }) {
  parent.querySelector(".typed")?.remove();
  const input = make("input", { class: "readout typed", type: "text", inputmode: "decimal", "aria-label": name, style: `left:${left}px;top:${top}px` });
  input.value = String(value);
  let open = true;
  const close = (take) => {
    if (!open) return;
    open = false;
    const typed = Number(input.value.replace("−", "-").replace(",", ".").trim() || NaN);
    input.remove();
    if (take && Number.isFinite(typed)) onTake(clamp(typed, -limit, limit));
  };
  input.onkeydown = (event) => {
    if (event.key === "Enter" || event.key === "Escape") close(event.key === "Enter");
  };
  input.onblur = () => close(true);
  parent.append(input);
  input.focus();
  input.select();
}

const LOGIT_LIMIT = 60; // the same as in Python

// A logit in a plot, at `x`, whose bar begins at the height `zero`: dragged, or typed over it.
function draggableLogit(handle, { name, plot, x, zero, read, at, onMove, onDrop }) {
  const onTake = (v) => (onMove(v), onDrop(), handle.focus());
  const onType = () => typeOver(plot, { left: x - 32, top: zero - 15, value: Number(read().toFixed(2)), limit: LOGIT_LIMIT, name, onTake });
  draggable(handle, { name, limit: LOGIT_LIMIT, read, at, onMove, onDrop, onType });
}

// Where a pointer is in a drawing `height` high, which the screen may show at another size.
function yIn(svg, height, clientY) {
  const box = svg.getBoundingClientRect();
  return (clientY - box.top) * (height / box.height);
}

// Put a plot built anew in the place of the old one; who had the focus on a handle keeps it.
function replacePlot(plot, svg) {
  const active = plot.getRootNode().activeElement;
  const focused = plot.contains(active) ? active.getAttribute("aria-label") : null;
  plot.replaceChildren(svg);
  if (focused) [...svg.querySelectorAll(".handle")].find((node) => node.getAttribute("aria-label") === focused)?.focus();
}
