// Has the page run once when what it depends on has become another: it draws nothing.
// data: { value, stream, name }

const watches = new WeakMap(); // element -> how its watch is dropped: this runs anew with new data

export default function ({ data, setTriggerValue, parentElement }) {
  watches.get(parentElement)?.();
  let told = ""; // for what the page was run: once for each value, and once at the end
  const look = (stream) => {
    const over = stream.state === "over" || stream.state === "gone";
    const value = over ? stream.state : JSON.stringify(stream.value(data.name) ?? data.value);
    // Since it was drawn the page was asked for already: what it draws then is the end, too.
    if (told === value || (over && told) || value === JSON.stringify(data.value)) return;
    told = value;
    setTriggerValue("changed", { value, stream: data.stream });
  };
  const drop = data?.stream ? streamOf(data.stream).watch(data.name, look) : () => {};
  watches.set(parentElement, drop);
  return drop;
}
