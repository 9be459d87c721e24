// Between Python and a component: what it is told, what it tells, when it ends.

// Tell Python, but not at every arrow key: the last value within 200 ms wins.
function committer(send) {
  let timer = 0;
  const commit = (value) => {
    clearTimeout(timer);
    timer = setTimeout(() => send(value), 200);
  };
  commit.stop = () => clearTimeout(timer);
  return commit;
}

// One view per mounted element: made once, told of new data, ended with the element.
// `create(root)` returns {receive(data), resize(), end()}.
const mounted = new WeakMap();
function mount({ parentElement, data, setStateValue }, create) {
  const root = parentElement.querySelector(".kd");
  let view = mounted.get(parentElement);
  if (!view || view.root !== root) {
    view?.observer.disconnect();
    view?.end();
    root.replaceChildren(); // Streamlit may end a component and mount it again on the same element
    view = { root, send: null, ...create(root, (value) => view.send("value", value)) };
    let width = root.clientWidth;
    view.observer = new ResizeObserver(() => {
      // Only the width matters; a rebuild for a changed height would end a drag under way.
      if (root.clientWidth !== width) view.resize();
      width = root.clientWidth;
    });
    view.observer.observe(root);
    mounted.set(parentElement, view);
  }
  view.send = setStateValue;
  view.receive(data);
  return () => {
    view.observer.disconnect();
    view.end();
    mounted.delete(parentElement);
  };
}
