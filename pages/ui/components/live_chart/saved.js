// A chart as a picture for a slide: PNG or SVG with its title, its legend and, below it, the settings
// that it was measured with. It is drawn as the page is: in this theme, up to the epoch that is shown.

const SLIDE = { width: 960, height: 540, scale: 2, letter: 13, line: 18, edge: 16 };

const plain = (text) => (text ?? "").replace(/<br>/g, " ").replace(/<[^>]*>/g, "").trim();

// The words in `node`, also in components, which have a root of their own.
function wordsIn(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data;
  if (node.nodeName === "STYLE" || node.nodeName === "SCRIPT") return "";
  return [...(node.shadowRoot ?? node).childNodes].map(wordsIn).join("");
}

// What stands below the picture: the page, and what it says of the settings, or what the chart is about.
function captioned(about) {
  const title = plain(document.querySelector("h1")?.innerText);
  const settings = document.querySelector(".st-key-told_run");
  const told = about ?? (settings ? wordsIn(settings) : "");
  return [/[.?!]$/.test(title) ? title : `${title}.`, plain(told).replace(/\s+/g, " ")].filter(Boolean).join(" ");
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
async function slide(Plotly, node, about) {
  const { width, letter, line, edge } = SLIDE;
  const lines = wrapped(captioned(about), width - 2 * edge);
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
    await new Promise((loaded, failed) => Object.assign(picture, {
      onload: loaded, onerror: () => failed(new Error(say("its drawing could not be read"))), src: address,
    }));
    const canvas = document.createElement("canvas");
    canvas.width = SLIDE.width * SLIDE.scale;
    canvas.height = SLIDE.height * SLIDE.scale;
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((made) => canvas.toBlob(made, "image/png"));
    if (!blob) throw new Error(say("there is not enough memory for the picture"));
    return blob;
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

// The buttons that save the chart: beside it, not in it, for what is in a picture nobody can reach without
// a mouse. `about()`: see captioned. Their row is hidden until there is something to save.
function saving(node, about) {
  const row = document.createElement("div");
  row.className = "kd-save";
  row.hidden = true;
  const said = document.createElement("span");
  said.setAttribute("role", "status");
  const button = (name, content) => {
    const made = document.createElement("button");
    made.type = "button";
    const verb = document.createElement("span"); // where there is room for it
    verb.textContent = say("Save ");
    made.append(verb, name);
    made.setAttribute("aria-label", say("Save {name}", { name }));
    made.title = say("Save as {name}, with its settings", { name });
    made.addEventListener("click", async () => {
      said.textContent = "";
      try {
        const svg = await slide(window.Plotly, node, about());
        handOver(await content(svg), `${fileName(node)}.${name.toLowerCase()}`);
      } catch (error) {
        said.textContent = say("The chart was not saved as {name}: {why}.", { name, why: error?.message || say("this browser could not draw it") });
      }
    });
    return made;
  };
  row.append(said, button("PNG", pixels), button("SVG", (svg) => new Blob([svg], { type: "image/svg+xml" })));
  node.parentElement.append(row);
  return {
    // There is a chart now, called so.
    offer(title) {
      row.hidden = false;
      row.setAttribute("role", "group");
      row.setAttribute("aria-label", say("Save the chart: {title}", { title }));
    },
    end: () => row.remove(),
  };
}
