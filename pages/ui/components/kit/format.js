// Numbers as people read them. The minus is a real minus sign.
const superscript = (n) => String(n).replace("-", "⁻").replace(/\d/g, (d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]);
function scientific(v, digits = 0) {
  const [m, e] = v.toExponential(digits).split("e");
  return m === "1" ? `10${superscript(Number(e))}` : `${m}·10${superscript(Number(e))}`;
}
function showProbability(p) {
  if (p === 0) return "0";
  if (p < 0.0005) return scientific(p);
  return p >= 0.9995 ? "1.000" : p.toFixed(3);
}
function showTimes(ratio) {
  if (ratio < 10) return ratio.toFixed(1);
  return ratio < 1e6 ? Math.round(ratio).toLocaleString("en") : scientific(ratio, 1);
}
function showNumber(v, digits = 2) {
  const text = Math.abs(v) > 0 && Math.abs(v) < 0.5 * 10 ** -digits ? (0).toFixed(digits) : v.toFixed(digits);
  return text.replace("-", "−");
}
// Edited logits as they are told to Python and written into links.
const threeDecimals = (z) => z && z.map((v) => Math.round(v * 1000) / 1000);
const showT = (T) => String(niceT(T));
