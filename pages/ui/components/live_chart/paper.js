// On paper: charts and pictures as wide as their columns there, and dark ink on white. A chart was
// drawn for the screen, in pixels: as a picture with a view box it fits wherever it stands.

function prints() {
  if (window.kdlabPrints) return;
  window.kdlabPrints = true;
  const root = document.documentElement;
  window.addEventListener("beforeprint", () => {
    for (const svg of document.querySelectorAll(".kd-chart .main-svg")) {
      const { width, height } = svg.getBoundingClientRect();
      if (width && height) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    }
    const paper = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
    const [red, green, blue] = paper.match(/\d+/g).map(Number);
    root.classList.toggle("kd-dark-paper", red + green + blue < 384);
  });
  window.addEventListener("afterprint", () => {
    root.classList.remove("kd-dark-paper");
    document.querySelectorAll(".kd-chart .main-svg").forEach((svg) => svg.removeAttribute("viewBox"));
  });
}
