// All that Streamlit sends of a component: the rest comes from one of these, once for good. A script
// has the words of one language; who switches begins anew with that of the other.

const where = ADDRESSES; // language -> address
const SPOKEN = { zh: "zh-CN" }; // as screen readers and fonts want to know it
const loaded = {}; // address -> what runs
const shown = new WeakMap(); // element -> { address, end }: what runs there

function load(address) {
  loaded[address] ??= import(new URL(address, document.baseURI).href).then((script) => (loaded[address] = script.default));
  return loaded[address];
}

export default function (component) {
  const { data, parentElement } = component;
  const language = where[data?.language] ? data.language : "en";
  if (data) document.documentElement.lang = SPOKEN[language] ?? language;
  const address = where[language];
  const before = shown.get(parentElement);
  if (before && before.address !== address) before.end();
  const mine = { address, end: () => {} };
  shown.set(parentElement, mine);
  let ended = false;
  mine.end = () => {
    if (ended) return;
    ended = true;
    mine.stop?.();
    if (shown.get(parentElement) === mine) shown.delete(parentElement);
  };
  const begin = (run) => {
    if (!ended) mine.stop = run(component);
  };
  const run = load(address);
  if (typeof run === "function") begin(run);
  else {
    run.then(begin, () => {
      component.parentElement.textContent = "A script of the lab could not be loaded. Reload the page.";
    });
  }
  return mine.end;
}
