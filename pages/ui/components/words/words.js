// The glossary: a field to search it, and each term with its explanation and the pages where it is met.
// data: { words: [{key, name, told, also, pages: [{title, path}]}], find, along: a query, said: {label, also, met, none} }
// Tells Python the path that was clicked.

function createWords(root, go) {
  const label = make("label", { for: "find" });
  const field = make("input", { id: "find", type: "search", autocomplete: "off", spellcheck: "false", oninput: () => sift() });
  const list = make("dl", {});
  const none = make("p", { class: "none", role: "status" });
  root.append(make("div", { class: "ask" }, label, field), list, none);
  let data = null;
  let before = "";

  function entry({ key, name, told, also, pages }) {
    const links = pages.map(({ title, path }) =>
      make("a", { href: `./${path}${data.along && `?${data.along}`}`, onclick: (event) => follow(event, path) }, title));
    const node = make("div", { id: key, class: "entry" },
      make("dt", {}, name, ...(also.length ? [make("span", { class: "also" }, `${data.said.also} ${also.join(", ")}`)] : [])),
      make("dd", {}, told, ...(links.length ? [make("span", { class: "met" }, data.said.met, ...links)] : [])));
    node.dataset.text = [name, ...also, told].join(" ").toLowerCase();
    return node;
  }
  function follow(event, path) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    go(path);
  }
  function sift() {
    const asked = field.value.trim().toLowerCase();
    let found = 0;
    for (const node of list.children) {
      node.hidden = !node.dataset.text.includes(asked);
      found += !node.hidden;
    }
    none.textContent = found ? "" : data.said.none;
  }

  return {
    receive(next) {
      data = next;
      const told = JSON.stringify({ ...data, find: "" });
      label.textContent = data.said.label;
      if (told !== before) list.replaceChildren(...data.words.map(entry));
      if (!before || data.find !== field.dataset.given) field.value = data.find; // a link; who types is left alone
      field.dataset.given = data.find;
      before = told;
      sift();
    },
    resize: () => {},
    end: () => {},
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, path) => setTriggerValue("go", path) }, createWords);
}
