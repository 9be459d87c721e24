// The library that draws charts: loaded once for all of a page's, from this server.

function library(source) {
  if (window.Plotly) return Promise.resolve(window.Plotly);
  if (!window.kdlabPlotly) {
    window.kdlabPlotly = new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = new URL(source, document.baseURI).href;
      script.onload = () => resolve(window.Plotly);
      script.onerror = () => {
        window.kdlabPlotly = undefined; // the next redraw tries again
        reject(new Error("The chart library could not be loaded from " + script.src));
      };
      document.head.append(script);
    });
  }
  return window.kdlabPlotly;
}

// Load it before there is a chart, when the browser has nothing else to do: it takes a second to read,
// and the first chart of a run that has just begun would wait for that.
function expectCharts(source) {
  if (window.Plotly || window.kdlabPlotly) return;
  const later = window.requestIdleCallback ?? ((call) => setTimeout(call, 500));
  later(() => library(source).catch(() => {})); // whoever draws says so
}
