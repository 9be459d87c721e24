// The row of one network: its answer in words on the left, its bars on the right. Made once, changed in
// place, so that it keeps up with a pen.

// named: {label, look}; classes: names on screen, which others chose and which become text only.
function answerRow({ label, look }, classes) {
  const top = make("b");
  const sure = make("p");
  const then = make("p");
  const spread = make("p");
  const time = make("p", { class: "time muted" });
  const list = make("ol", { role: "img" });
  const bars = classes.map((name) => {
    const value = make("em");
    const bar = make("i", { class: look });
    const item = make("li", {}, make("span", {}, value, bar), make("strong", {}, name));
    list.append(item);
    return { item, value, bar };
  });
  const node = make("section", {},
    make("div", {},
      make("h3", { class: `${look}-text` }, label),
      make("div", { class: "answer" }, top, make("div", {}, sure, then)),
      spread, time),
    list);

  // answer: see answerOf; null while there is none.
  function show(answer) {
    top.textContent = answer ? classes[answer.best] : "…";
    top.classList.toggle("words", Boolean(answer) && classes[answer.best].length > 2);
    sure.textContent = answer ? `${percent(answer.sure)} sure` : "";
    then.textContent = answer ? `then ${classes[answer.second]}: ${percent(answer.p[answer.second])}` : "";
    spread.textContent = answer ? `entropy ${answer.entropy.toFixed(2)} bits` : "";
    bars.forEach(({ item, value, bar }, k) => {
      const share = answer ? answer.p[k] : 0;
      item.classList.toggle("best", answer?.best === k);
      item.title = answer ? `${classes[k]}: ${percent(share)}` : "";
      value.textContent = share >= 0.005 ? Math.round(100 * share) : "";
      // The number stands above its bar: the bar has what it leaves free of the height.
      bar.style.height = `calc((100% - 1.05rem) * ${share.toFixed(4)})`;
    });
    const told = answer
      ? `${classes[answer.best]}, ${percent(answer.sure)}; then ${classes[answer.second]}, ${percent(answer.p[answer.second])}`
      : "no answer yet";
    list.setAttribute("aria-label", `${label}: ${told}`);
  }
  function timed(ms) {
    time.replaceChildren(...(ms === null ? [] : [`${milliseconds(ms)} on this device`]));
  }
  return { node, show, timed };
}
