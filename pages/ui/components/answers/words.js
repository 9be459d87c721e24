// Answers in words: numbers as people read them, and who answers what.

// Digits that matter: nobody is 100 % sure, and nothing is impossible. "> 99.9 %", "50 %", "1.2 %".
function percent(share) {
  if (share > 0.9995) return "> 99.9 %";
  if (share < 0.0005) return "< 0.1 %";
  if (share >= 0.1 && share < 0.99) return `${Math.round(100 * share)} %`;
  return `${(100 * share).toFixed(1)} %`;
}

function milliseconds(ms) {
  if (ms < 0.01) return "< 0.01 ms";
  if (ms >= 100) return `${Math.round(ms)} ms`;
  return `${ms.toPrecision(ms >= 10 ? 3 : 2)} ms`;
}

// What one network says: {p, best, second, sure, entropy} of logits at T; entropy in bits, 0 for a
// certain answer, log2 C where all classes are alike.
function answerOf(logits, T) {
  const z = Array.from(logits);
  const p = softmax(z, T);
  const [best, second] = p.map((_, k) => k).sort((a, b) => p[b] - p[a] || a - b);
  return { p, best, second, sure: p[best], entropy: Math.max(0, entropy(z, T) / Math.LN2) };
}

// What two distributions share, 0 to 1: the sum of the smaller probability of each class, which is 1
// minus their total variation distance.
const shared = (one, other) => one.p.reduce((sum, p, k) => sum + Math.min(p, other.p[k]), 0);

// Who answers what, and how much of the teacher's distribution each student shares. Two lists of texts
// and elements.
function compared(teacher, labels, distilled, classes, T) {
  const name = ({ best }) => make("b", {}, classes[best]);
  const same = (one, other) => one.best === other.best;
  let said;
  if (same(teacher, labels) && same(teacher, distilled)) said = ["All three answer ", name(teacher), "."];
  else if (same(teacher, distilled)) {
    said = ["The distilled student answers ", name(distilled), " like its teacher, the student on labels alone ", name(labels), "."];
  } else if (same(teacher, labels)) {
    said = ["The student on labels alone answers ", name(labels), " like the teacher, the distilled student ", name(distilled), "."];
  } else if (same(labels, distilled)) {
    said = ["The teacher answers ", name(teacher), ", both students ", name(labels), "."];
  } else {
    said = ["Three answers: the teacher says ", name(teacher), ", the student on labels alone ", name(labels), ", the distilled student ", name(distilled), "."];
  }
  const share = (student) => percent(shared(teacher, student));
  const shares = [
    `At T = ${Number(T.toPrecision(6))} the distilled student shares ${share(distilled)} of the teacher's distribution, `,
    `the other student ${share(labels)}.`,
  ];
  return { said, shares };
}
