// All that Streamlit sends of a component: the rest comes from ADDRESS, once for good.

let loaded = null;
const url = new URL("ADDRESS", document.baseURI).href;
const loading = import(url).then((script) => (loaded = script.default));

export default function (component) {
  if (loaded) return loaded(component);
  let ended = false;
  let end = null;
  const begin = (run) => ended || (end = run(component));
  loading.then(begin, () => {
    component.parentElement.textContent = "A script of the lab could not be loaded. Reload the page.";
  });
  return () => {
    ended = true;
    end?.();
  };
}
