// A chart as a picture for a slide: PNG or SVG with its title, its legend and, below it, the settings
// that it was measured with. It is drawn as the page is: in this theme, up to the epoch that is shown.

const SLIDE = { width: 960, height: 540, scale: 2, letter: 13, line: 18, edge: 16 };

const plain = (text) => (text ?? "").replace(/<br>/g, " ").replace(/<[^>]*>/g, "").trim();

// What stands below the picture: the page, and what the page says of the settings.
function captioned() {
  const title = plain(document.querySelector("h1")?.innerText);
  const told = document.querySelector(".st-key-standing [data-testid=stCaptionContainer]")?.innerText;
  return [/[.?!]$/.test(title) ? title : `${title}.`, plain(told)].filter(Boolean).join(" ");
}

// "kdlab-temperature-accuracy-over-t": the page and the chart, so that no two are called the same.
function fileName(node) {
  const page = location.pathname.split("/").filter(Boolean).at(-1) ?? "home";
  const title = plain(node.layout.title?.text) || node.getAttribute("aria-label").split(/[.:]/)[0];
  const words = `${page} ${title}`.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-");
  return `kdlab-${words.slice(0, 80)}`.replace(/-+$/, "");
}

// Words in lines of at most `width` pixels.
function wrapped(text, width) {
  const pen = document.createElement("canvas").getContext("2d");
  pen.font = `${SLIDE.letter}px sans-serif`;
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const longer = `${lines.at(-1)} ${word}`.trim();
    if (pen.measureText(longer).width <= width || !lines.at(-1)) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.filter(Boolean);
}

// The whole slide as SVG: Plotly's own drawing, and the caption below it.
async function slide(Plotly, node) {
  const { width, letter, line, edge } = SLIDE;
  const lines = wrapped(captioned(), width - 2 * edge);
  const below = lines.length ? lines.length * line + edge : 0;
  const height = SLIDE.height - below;
  const style = getComputedStyle(node);
  const back = style.getPropertyValue("--st-background-color").trim() || "#fff";
  const size = { width: width - 2 * edge, height: height - edge };
  // Outside of the page there is only this font: what is measured in another would not fit.
  const layout = { ...node.layout, ...size, autosize: false, font: { ...node.layout.font, family: "sans-serif" } };
  const address = await Plotly.toImage({ data: node.data, layout }, { format: "svg", ...size });
  const drawn = new DOMParser().parseFromString(decodeURIComponent(address.split(",").slice(1).join(",")), "image/svg+xml");
  const root = drawn.documentElement;
  root.setAttribute("width", width);
  root.setAttribute("height", SLIDE.height);
  root.setAttribute("viewBox", `0 0 ${width} ${SLIDE.height}`);
  root.removeAttribute("style");
  const make = (tag, attributes, text = "") => {
    const made = drawn.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    return made;
  };
  const picture = make("g", { transform: `translate(${edge}, ${edge / 2})` });
  picture.append(...root.childNodes);
  root.append(picture);
  root.prepend(make("rect", { width, height: SLIDE.height, fill: back }));
  lines.forEach((words, n) => root.append(make("text", {
    x: edge, y: height + line * (n + 0.8), fill: style.color, "font-size": letter, "font-family": "sans-serif", class: "caption",
  }, words)));
  return new XMLSerializer().serializeToString(drawn);
}

// The same in pixels.
async function pixels(svg) {
  const picture = new Image();
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  try {
    await new Promise((loaded, failed) => Object.assign(picture, { onload: loaded, onerror: failed, src: address }));
    const canvas = document.createElement("canvas");
    canvas.width = SLIDE.width * SLIDE.scale;
    canvas.height = SLIDE.height * SLIDE.scale;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return await new Promise((made) => canvas.toBlob(made, "image/png"));
  } finally {
    URL.revokeObjectURL(address);
  }
}

function handOver(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// The two buttons above a chart.
function saving(Plotly) {
  const button = (name, icon, content) => ({
    name: `save${name}`,
    title: `Save as ${name}, with its settings`,
    icon,
    click: async (node) => {
      const svg = await slide(Plotly, node);
      handOver(await content(svg), `${fileName(node)}.${name.toLowerCase()}`);
    },
  });
  return [
    button("PNG", Plotly.Icons.camera, pixels),
    button("SVG", Plotly.Icons.disk, (svg) => new Blob([svg], { type: "image/svg+xml" })),
  ];
}
