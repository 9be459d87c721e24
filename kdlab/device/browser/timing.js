// How long one forward pass takes on this device.

const SOON = 2; // ms: a clock that is made coarse on purpose still tells so much
const WARM = 60; // ms until the browser has compiled what runs often

// The times of `turns` turns, each of as many passes as last for SOON, in ms a pass; in between the page
// may breathe. `going(done)` is asked after each turn whether to go on.
async function passTimes(network, raw, turns, going = () => true) {
  const times = [];
  let passes = 1;
  let breath = performance.now();
  network.logits(raw);
  while (performance.now() - breath < WARM) network.logits(raw);
  while (times.length < turns) {
    const start = performance.now();
    for (let n = 0; n < passes; n++) network.logits(raw);
    const spent = performance.now() - start;
    if (spent < SOON) passes *= 2;
    else {
      times.push(spent / passes);
      if (!going(times.length)) break;
    }
    if (performance.now() - breath > 40) {
      await new Promise((done) => setTimeout(done));
      breath = performance.now();
    }
  }
  return times.sort((a, b) => a - b);
}

const at = (sorted, share) => sorted[Math.round(share * (sorted.length - 1))];
