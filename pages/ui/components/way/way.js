// Where on the way through the lab a page is, and links to the pages before and after it.
// data: { at, before: {title, path} | null, next: {title, path} | null, along: the query of both }
// Tells Python the path that was clicked.

function createWay(root, go) {
  const words = make("span", { class: "at" });
  const link = (rel, sign, side) => {
    const node = make("a", { rel });
    node.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
      event.preventDefault();
      go(node.dataset.path);
    };
    const arrow = make("span", { "aria-hidden": "true" }, sign);
    const name = make("span", { class: "name" });
    node.append(...(side === "left" ? [arrow, name] : [name, arrow]));
    return node;
  };
  const before = link("prev", "←", "left");
  const next = link("next", "→", "right");
  root.append(make("nav", { "aria-label": say("The way through the lab") }, before, words, next));

  function tell(node, stop, said, along) {
    node.hidden = !stop;
    if (!stop) return;
    set(node, { href: `./${stop.path}${along && `?${along}`}`, "aria-label": `${said}: ${stop.title}`, "data-path": stop.path });
    node.querySelector(".name").textContent = stop.title;
  }

  return {
    receive(data) {
      words.textContent = data.at;
      tell(before, data.before, say("Before"), data.along);
      tell(next, data.next, say("Next"), data.along);
    },
    resize: () => {},
    end: () => {},
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, path) => setTriggerValue("go", path) }, createWay);
}
