// Has the page run once when what it depends on has become another: it draws nothing.
// data: { value, stream, name }

const watches = new WeakMap(); // element -> how its watch is dropped: this runs anew with new data

export default function ({ data, setTriggerValue, parentElement }) {
  watches.get(parentElement)?.();
  let told = false;
  const look = (stream) => {
    const value = JSON.stringify(stream.value(data.name) ?? data.value);
    const over = stream.state === "over" || stream.state === "gone";
    if (told || (value === JSON.stringify(data.value) && !over)) return;
    told = true;
    setTriggerValue("changed", { value, stream: data.stream });
  };
  const drop = data?.stream ? streamOf(data.stream).watch(data.name, look) : () => {};
  watches.set(parentElement, drop);
  return drop;
}
