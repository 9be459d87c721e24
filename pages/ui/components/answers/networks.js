// The networks of a page: fetched once, and kept for as long as it is open.

const MOST_PAIRS = 4; // who goes back and forth between two of them fetches each once
const TURNS = 9; // of which the median is told
const LONG = 1000; // ms: a slow network is measured no longer than this, but three times

// A promise of [{role, run (see forward.js), ms: of a pass on this device, null before it is measured}].
function networksAt(address) {
  const all = (window.kdlabNetworks ??= new Map());
  if (!all.has(address)) {
    const found = fetched(address);
    found.catch(() => all.delete(address)); // who asks next tries again
    all.set(address, found);
    if (all.size > MOST_PAIRS) all.delete(all.keys().next().value);
  }
  return all.get(address);
}

async function fetched(address) {
  const answer = await fetch(new URL(address, document.baseURI));
  if (!answer.ok) throw new Error(`${answer.status} for ${address}`);
  const programs = await answer.json();
  return programs.map((program) => ({ role: program.role, run: createNetwork(program), ms: null }));
}

// How long a pass takes of each, one network after the other, so that none waits for another's work.
// `going()`: whether anybody still wants to know. `told()`: of one it is known.
async function measureAll(networks, raw, going, told) {
  for (const network of networks) {
    if (network.ms !== null) continue;
    const began = performance.now();
    const sorted = await passTimes(network.run, raw, TURNS, (done) =>
      going() && (done < 3 || performance.now() - began < LONG));
    if (!going()) return;
    network.ms = at(sorted, 0.5);
    told();
  }
}
