// Where on the way through the lab a page is, links to the pages before and after it, and what it
// takes for granted.
// data: { at, before: {title, path} | null, next: {title, path} | null, along: the query of all, needs: HTML, label }
// Tells Python the path that was clicked.

const address = (path, along) => `./${path}${along && `?${along}`}`;

function createWay(root, go) {
  const words = make("span", { class: "at" });
  const follow = (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    go(event.currentTarget.dataset.path);
  };
  const link = (rel, sign, side) => {
    const node = make("a", { rel, onclick: follow });
    const arrow = make("span", { "aria-hidden": "true" }, sign);
    const name = make("span", { class: "name" });
    node.append(...(side === "left" ? [arrow, name] : [name, arrow]));
    return node;
  };
  const before = link("prev", "←", "left");
  const next = link("next", "→", "right");
  const label = make("span", {});
  const needs = make("span", {});
  const line = make("p", { class: "needs" }, label, " ", needs);
  root.append(make("nav", { "aria-label": say("The way through the lab") }, before, words, next), line);
  const explained = explainWords(root);

  function tell(node, stop, said, along) {
    node.hidden = !stop;
    if (!stop) return;
    set(node, { href: address(stop.path, along), "aria-label": `${said}: ${stop.title}`, "data-path": stop.path });
    node.querySelector(".name").textContent = stop.title;
  }

  return {
    receive(data) {
      words.textContent = data.at;
      tell(before, data.before, say("Before"), data.along);
      tell(next, data.next, say("Next"), data.along);
      label.textContent = data.label;
      line.hidden = !data.needs;
      if (needs.dataset.told === data.needs + data.along) return; // a word in it may be explained now
      needs.dataset.told = data.needs + data.along;
      needs.innerHTML = data.needs;
      for (const page of needs.querySelectorAll("a[data-path]")) set(page, { href: address(page.dataset.path, data.along), onclick: follow });
    },
    resize: () => {},
    end: explained.end,
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, path) => setTriggerValue("go", path) }, createWay);
}
