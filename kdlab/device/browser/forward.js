// A trained network in plain JavaScript: the steps of a program (kdlab/device/program.py) -> logits.
//
// createNetwork(program) gives {logits(raw) -> Float32Array of C, classes, input}. raw is what a
// device measures, a row of numbers: images C*H*W of 0..255, points as they were measured, text the
// places of W characters in the alphabet.

const createNetwork = (() => {
  const FORMAT = 1;
  const BENDS = new Set(["linear", "conv"]); // what cuts at 0 while it writes

  function unpacked(text) {
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
    return new Float32Array(bytes.buffer);
  }
  const size = (shape) => shape.reduce((product, side) => product * side, 1);

  // Raw numbers -> the network's input in standard units; text: one-hot rows.
  function reader({ kind, shape, mean: centre, std }) {
    const out = new Float32Array(size(shape));
    const inner = out.length / shape[0];
    const unit = kind === "images" ? 255 : 1;
    return (raw) => {
      if (kind === "text") {
        const symbols = shape[1];
        out.fill(0);
        for (let w = 0; w < shape[0]; w++) out[w * symbols + raw[w]] = 1;
        return out;
      }
      for (let i = 0; i < out.length; i++) {
        const c = Math.floor(i / inner);
        out[i] = (raw[i] - unit * centre[c]) / (unit * std[c]);
      }
      return out;
    };
  }

  function create(program) {
    if (program.format !== FORMAT) throw new Error(`a program of format ${program.format}, and ${FORMAT} can be run`);
    const numbers = typeof program.weights === "string" ? unpacked(program.weights) : program.weights;
    const lastUse = new Map();
    program.steps.forEach((step, n) => step.of.forEach((value) => lastUse.set(value, n)));
    lastUse.set(program.answer, Infinity);
    const read = reader(program.input);
    const values = new Map();
    const free = []; // rows of numbers that no later step reads
    // A buffer for what a step makes; one that is free and as long is taken again.
    function buffer(length) {
      const at = free.findIndex((row) => row.length === length);
      return at < 0 ? new Float32Array(length) : free.splice(at, 1)[0];
    }
    const runs = program.steps.map((step, n) => {
      if (!Object.hasOwn(networkSteps, step.op)) throw new Error(`the step ${step.op} is not known`);
      const weights = {};
      for (const [name, { at, shape }] of Object.entries(step.weights ?? {})) {
        weights[name] = numbers.subarray(at, at + size(shape));
      }
      const run = networkSteps[step.op](step, weights);
      const out = buffer(size(step.shape));
      const sources = step.of.map((value) => values.get(value));
      values.set(step.to, out);
      for (const value of new Set(step.of)) {
        if (value !== 0 && lastUse.get(value) === n) free.push(values.get(value));
      }
      const cuts = step.relu && !BENDS.has(step.op);
      return (input) => {
        run(out, sources[0] ?? input, ...sources.slice(1).map((row) => row ?? input));
        if (cuts) for (let i = 0; i < out.length; i++) if (out[i] < 0) out[i] = 0;
      };
    });
    const told = values.get(program.answer);
    return {
      classes: program.classes,
      input: program.input,
      // Of one raw input; a row of its own, which later calls leave as it is.
      logits(raw) {
        const input = read(raw);
        for (const run of runs) run(input);
        return Float32Array.from(told ?? input);
      },
    };
  }
  return create;
})();
