// Words about work, as HTML that the lab made; see pages/ui/stream/watching.py.
// data: { value, stream, name }

function createText(root) {
  const seen = watched((html) => {
    if (root.innerHTML !== html) root.innerHTML = html;
  });
  return { receive: seen.receive, resize: () => {}, end: seen.end };
}

export default function (component) {
  return mount(component, createText);
}
