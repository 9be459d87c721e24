// What is drawn on a page, for all of its components: the pad puts it there, the others look at it.
//
// drawing: null while nothing is drawn, else {pixels, shape} of the input that it becomes for networks
// which read images of that shape (C, H, W), and {paper, side}, the drawing itself, averaged; all 0 to
// 255. down: a stroke is not at its end yet.

function createSheet() {
  const readers = new Set();
  const sheet = { drawing: null, down: false };
  return Object.assign(sheet, {
    put(drawing, down = false) {
      Object.assign(sheet, { drawing, down });
      readers.forEach((call) => call());
    },
    watch(call) {
      readers.add(call);
      return () => readers.delete(call);
    },
    // What networks that read images of this shape are shown: the drawing, else the example.
    shown(example, shape) {
      const { drawing } = sheet;
      return String(drawing?.shape) === String(shape) ? drawing.pixels : drawing ? null : example;
    },
  });
}

// The sheet of the page `name`. The scripts of all components are modules of their own: it hangs on
// the window.
function sheetOf(name) {
  const all = (window.kdlabSheets ??= new Map());
  if (!all.has(name)) all.set(name, createSheet());
  return all.get(name);
}
