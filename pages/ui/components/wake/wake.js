// Has the page run once when what it depends on has become another: it draws nothing.
// data: { value, stream, name }

const AGAIN = 5000; // ms: what is said while the server is away is lost
const watches = new WeakMap(); // element -> how its watch is dropped: this runs anew with new data

export default function ({ data, setTriggerValue, parentElement }) {
  watches.get(parentElement)?.();
  let told = ""; // for what the page was asked to run
  let again = 0;
  const ask = () => {
    setTriggerValue("changed", { value: told, stream: data.stream });
    again = setTimeout(ask, AGAIN);
  };
  const look = (stream) => {
    const over = stream.state === "over" || stream.state === "gone";
    const value = over ? stream.state : JSON.stringify(stream.value(data.name) ?? data.value);
    if (told === value || (over && told)) return; // it was asked for already, and draws the end, too
    clearTimeout(again);
    told = value === JSON.stringify(data.value) ? "" : value;
    if (told) ask();
  };
  const unwatch = data?.stream ? streamOf(data.stream).watch(data.name, look) : () => {};
  const drop = () => {
    clearTimeout(again);
    unwatch();
  };
  watches.set(parentElement, drop);
  return drop;
}
