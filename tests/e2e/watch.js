// In every page of a browser test: counts Python's runs and the charts' redraws, so that tests can
// wait for the next one instead of for a time.
window.lab = { runs: 0, charts: {} };
// What a selector finds within components, which have roots of their own.
window.lab.within = (selector) => [...document.querySelectorAll("*")]
  .map((node) => node.shadowRoot?.querySelector(selector)).find(Boolean);
new MutationObserver((changes) => {
  for (const { target, attributeName, oldValue } of changes) {
    if (attributeName === "data-test-script-state") {
      const now = target.getAttribute(attributeName);
      if (now === "running" && oldValue !== "running") window.lab.runs += 1;
    } else {
      const points = target.data?.find((trace) => trace.name === "Distilled")?.x.length ?? 0;
      (window.lab.charts[target.getAttribute("aria-label")?.split(" ")[0]] ??= []).push(points);
    }
  }
}).observe(document, {
  subtree: true,
  attributes: true,
  attributeOldValue: true,
  attributeFilter: ["data-test-script-state", "data-draws"],
});
