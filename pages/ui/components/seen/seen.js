// What the networks see: a drawing as it lies on the page's sheet, or an example while nothing is drawn.
// data: sheet (its name), example (pixels as base64), shape (1, H, W), label (its class), description.

function createSeen(root) {
  let data = null;
  let drop = () => {};
  const canvas = make("canvas", { role: "img" });
  const told = make("p", { class: "muted" });
  root.append(canvas, told);
  const paint = painter(root, draw);

  function draw() {
    const { drawing } = sheetOf(data.sheet);
    const pixels = sheetOf(data.sheet).shown(bytesOf(data.example), data.shape);
    if (!pixels) return; // a drawing for other networks: the one for these comes at once
    const [, height, width] = data.shape;
    set(canvas, { width, height, "aria-label": `The input of the networks: ${data.description}` });
    const picture = new ImageData(width, height);
    pixels.forEach((value, i) => picture.data.set([value, value, value, 255], 4 * i));
    canvas.getContext("2d").putImageData(picture, 0, 0);
    told.replaceChildren(...(drawing ? [] : ["A validation image. True class: ", make("b", {}, data.label)]));
  }
  return {
    receive(next) {
      data = next;
      drop();
      drop = sheetOf(data.sheet).watch(paint);
      paint();
    },
    resize: () => {},
    end: () => (drop(), paint.stop()),
  };
}

export default function (component) {
  return mount(component, createSeen);
}
