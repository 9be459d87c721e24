// Pictures of the examples, to choose one of them.

const INK_GAMMA = 0.8; // faint strokes of an 8x8 image stay visible at thumbnail size

const bytesOf = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));

// One picture on a canvas of its own size; CSS enlarges it. Grey images are drawn as ink on paper.
function drawPicture(canvas, images, index, ink) {
  const [channels, height, width] = images.shape;
  const bytes = bytesOf(images.pixels[index]);
  set(canvas, { width, height });
  const picture = new ImageData(width, height);
  const plane = height * width;
  for (let i = 0; i < plane; i++) {
    const grey = channels === 1;
    const colour = grey ? ink : [bytes[i], bytes[plane + i], bytes[2 * plane + i]];
    const alpha = grey ? 255 * (bytes[i] / 255) ** INK_GAMMA : 255;
    picture.data.set([...colour, alpha], 4 * i);
  }
  canvas.getContext("2d").putImageData(picture, 0, 0);
}

// The examples to choose from, and the chosen one enlarged. data: images (or null), labels, classes.
function gallery(onChoose) {
  const big = make("canvas", { class: "big", role: "img" });
  const strip = make("div", { class: "strip", role: "group", "aria-label": say("Examples") });
  let data = null;
  let theme = null;
  let filled = "";
  let current = 0;
  function thumb(y, i) {
    const name = data.classes[y];
    const button = make("button", { type: "button", class: data.images ? "thumb" : "thumb word", "aria-label": say("Example {number}, label {name}", { number: i + 1, name }), title: say("label {name}", { name }), onclick: () => onChoose(i) });
    const canvas = make("canvas");
    if (data.images) drawPicture(canvas, data.images, i, theme.ink);
    button.append(data.images ? canvas : name);
    return button;
  }
  strip.onkeydown = (event) => {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = clamp(current + move, 0, data.labels.length - 1);
    onChoose(next);
    strip.children[next].focus();
  };
  function receive(nextData, nextTheme, hidden) {
    data = nextData;
    theme = nextTheme;
    big.hidden = hidden || !data.images;
    strip.hidden = hidden || data.labels.length < 2;
    // Filled again only for new pictures or another ink, so that a focused thumbnail stays.
    const wanted = JSON.stringify([data.images, data.labels, data.classes, theme.ink]);
    if (wanted !== filled) strip.replaceChildren(...data.labels.map(thumb));
    filled = wanted;
  }
  // The chosen one where it can be seen in a strip that is longer than the screen; once, for who
  // scrolls on is looking for another.
  let seen = -1;
  function reveal(chosen, index) {
    if (!chosen || !strip.clientWidth) return;
    seen = index;
    const [box, room] = [chosen.getBoundingClientRect(), strip.getBoundingClientRect()];
    if (box.left < room.left || box.right > room.right) strip.scrollLeft += box.left - room.left - (room.width - box.width) / 2;
  }
  function draw(index) {
    current = index;
    if (seen !== index) reveal(strip.children[index], index);
    if (!big.hidden) drawPicture(big, data.images, index, theme.ink);
    set(big, { "aria-label": say("The chosen image, label {name}", { name: data.classes[data.labels[index]] }) });
    [...strip.children].forEach((button, i) => set(button, { "aria-pressed": String(i === index) }));
  }
  return { big, strip, receive, draw };
}
