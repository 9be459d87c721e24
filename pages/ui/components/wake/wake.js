// Has the page run once when what it depends on has become another: it draws nothing.
// data: { value, stream, name }

const AGAIN = 5000; // ms: what is said while the server is away is lost
const REST = 1000; // ms in which a run that was asked for has begun
const watches = new WeakMap(); // element -> how its watch is dropped: this runs anew with new data

export default function ({ data, setTriggerValue, parentElement }) {
  watches.get(parentElement)?.();
  let told = ""; // for what the page was asked to run
  let again = 0;
  let asked = -REST;
  let waits = () => {};
  const ask = () => {
    waits = whenIdle(() => {
      asked = performance.now();
      setTriggerValue("changed", { value: told, stream: data.stream });
      again = setTimeout(ask, AGAIN);
    }, asked + REST - performance.now());
  };
  const forget = () => {
    clearTimeout(again);
    waits();
  };
  const look = (stream) => {
    const over = stream.state === "over" || stream.state === "gone";
    const value = over ? stream.state : JSON.stringify(stream.value(data.name) ?? data.value);
    if (told === value || (over && told)) return; // it was asked for already, and draws the end, too
    forget();
    told = value === JSON.stringify(data.value) ? "" : value;
    if (told) ask();
  };
  const unwatch = data?.stream ? streamOf(data.stream).watch(data.name, look) : () => {};
  const drop = () => {
    forget();
    unwatch();
  };
  watches.set(parentElement, drop);
  return drop;
}
