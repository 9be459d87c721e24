// What a lesson does to the page beside it.
// data: { step, targets: [selector], inside: selector, along: selector, told, work, panel: selector, news: [selector] }
// Tells Python the address of a link in the panel that was clicked.

const WAITED_FOR = 60_000; // milliseconds in which Python has drawn what a step speaks of
const NEWS_FOR = 8_000; // the same of what has just been measured
const EVERY = 250; // milliseconds
const STILL = 4; // as often as that it stands where it stood
const EXPLAINED = "./words?word="; // words of the glossary
const AWAY_FROM_EDGES = 70; // pixels: the app's header above
const ABOVE_PANEL = 8; // pixels
const BODY = ".st-key-guide_body";
const MAIN = "[data-testid=stMain]";

function createGuide(root, follow) {
  const said = make("p", { role: "status", "aria-live": "polite", class: "said" });
  root.append(said);
  let data = null;
  let looking = null;

  // What `find` gives into view, between the header and the panel, and again until it stands still: what
  // is drawn above it moves it. Not where the learner goes on by himself meanwhile; the focus stays where it
  // is. Asked for again and again: what a component draws within itself is no change of the document that
  // could be observed.
  function look(find, waits) {
    looking?.abort();
    looking = new AbortController();
    const { signal } = looking;
    const stop = looking.abort.bind(looking);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { signal, passive: true });
    const end = performance.now() + waits;
    let stood = "";
    let still = 0;
    const settle = () => {
      const { nodes, last } = find();
      if (nodes.length && root.isConnected) {
        const stands = standing(nodes);
        still = stands === stood ? still + 1 : 0;
        stood = stands;
        if (!still) bring(nodes, last);
      }
      if (still >= STILL || performance.now() > end) stop();
    };
    const timer = setInterval(settle, EVERY);
    signal.addEventListener("abort", () => clearInterval(timer));
    settle();
  }
  // Where in the page they are, whatever is scrolled, and what room the panel leaves.
  function standing(nodes) {
    const scrolled = document.querySelector(MAIN)?.scrollTop ?? 0;
    const places = nodes.filter((node) => !stuck(node)).map((node) => node.getBoundingClientRect()).map((box) => `${Math.round(box.top + scrolled)} ${Math.round(box.height)}`);
    return [...places, Math.round(document.querySelector(data.panel)?.offsetHeight ?? 0)].join();
  }
  // Of a component on a phone, whose controls stay in sight while the rest of it is scrolled.
  function stuck(node) {
    for (let at = node; at; at = at.parentElement ?? at.getRootNode().host) if (getComputedStyle(at).position === "sticky") return true;
    return false;
  }
  // Below the app's header, and below what of the component stays in sight.
  function ceiling(node) {
    const head = node.getRootNode().querySelector(".top");
    const style = head && !head.contains(node) && node.getRootNode() !== document ? getComputedStyle(head) : null;
    return style?.position === "sticky" ? parseFloat(style.top) + head.offsetHeight + ABOVE_PANEL : AWAY_FROM_EDGES;
  }
  const there = (selector) => {
    const node = selector ? document.querySelector(selector) : null;
    return node?.getClientRects().length ? node : null;
  };

  // The control that the step speaks of, the first target that is there, and what it changes.
  function pointedAt() {
    const control = data.targets.map(there).find(Boolean);
    if (!control || (data.inside && !outlined)) return { nodes: [] };
    return { nodes: [outlined ?? control, there(data.along)].filter(Boolean) };
  }
  // What has just been measured.
  function measured() {
    const nodes = data.news.map(there);
    return { nodes: nodes.filter(Boolean), last: nodes.at(-1) };
  }

  // Within a component no rule of the page counts, and it may be drawn anew at any time.
  let outlined = null;
  const outlining = setInterval(outline, EVERY);
  function outline() {
    if (!root.isConnected) {
      end(); // the page was left, and nobody was told
      return;
    }
    shade();
    const parts = data?.inside ? data.targets.map((each) => part(document.querySelector(each))) : [];
    const node = parts.find(Boolean) ?? null;
    if (node === outlined) return;
    clear();
    outlined = node;
    if (node) Object.assign(node.style, { outline: "3px solid #e69f00", outlineOffset: "3px" });
  }
  function part(target) {
    for (const host of target?.querySelectorAll("*") ?? []) {
      const found = host.shadowRoot?.querySelector(data.inside);
      if (found) return found;
    }
    return null;
  }

  // All of `nodes` where there is room for it, else `last`, else the first of them.
  function bring(nodes, last = null) {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth";
    const beside = (node) => node.closest("[data-testid=stSidebar]");
    for (const node of nodes.filter(beside)) node.scrollIntoView({ block: "nearest", behavior });
    const ahead = nodes.filter((node) => !beside(node));
    if (ahead.length > 1 && stuck(ahead[0])) ahead.shift();
    const [first, ...others] = ahead.map((node) => node.getBoundingClientRect());
    if (!first) return;
    const top = Math.min(first.top, ...others.map((box) => box.top));
    const bottom = Math.max(first.bottom, ...others.map((box) => box.bottom));
    const floor = (document.querySelector(data.panel)?.getBoundingClientRect().top ?? innerHeight) - ABOVE_PANEL;
    let by = first.top - ceiling(ahead[0]);
    if (bottom - top <= floor - AWAY_FROM_EDGES) by = Math.min(top - AWAY_FROM_EDGES, 0) || Math.max(bottom - floor, 0);
    else if (last) by = last.getBoundingClientRect().bottom - floor;
    else if (others.length && others.every((box) => box.bottom <= first.bottom + AWAY_FROM_EDGES)) by = first.bottom - floor; // at the foot of them
    if (Math.abs(by) > 1) document.querySelector(MAIN)?.scrollBy({ top: by, behavior });
  }

  // Where the panel's text goes on, above or below.
  function shade() {
    const box = document.querySelector(BODY)?.parentElement;
    if (!box) return;
    const more = [box.scrollTop > 1 && "above", box.scrollTop + box.clientHeight < box.scrollHeight - 1 && "below"].filter(Boolean).join(" ");
    if (box.dataset.more !== more) box.dataset.more = more;
  }
  addEventListener("scroll", shade, { capture: true, passive: true });

  function clicked(event) {
    const link = event.target.closest?.("a[href]");
    if (!link || !data || !link.closest(data.panel)) return;
    if (link.getAttribute("href").startsWith(EXPLAINED)) return; // it is explained where it stands
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    event.stopPropagation();
    follow(link.getAttribute("href"));
  }
  document.addEventListener("click", clicked, true);

  // Streamlit hears no shortcut while a slider has the focus, which is where a step has left it.
  function pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.repeat) return;
    const button = { g: ".st-key-guide-next button", h: ".st-key-guide-back button" }[event.key];
    if (!button || !event.composedPath()[0].matches?.("input[type=range], [role=slider]")) return;
    event.preventDefault();
    event.stopPropagation();
    document.querySelector(button)?.click();
  }
  addEventListener("keydown", pressed, true);

  function clear() {
    if (outlined) outlined.style.outline = outlined.style.outlineOffset = "";
    outlined = null;
  }
  function end() {
    looking?.abort();
    clearInterval(outlining);
    clear();
    document.removeEventListener("click", clicked, true);
    removeEventListener("keydown", pressed, true);
    removeEventListener("scroll", shade, { capture: true });
  }

  return {
    receive(next) {
      const before = data;
      data = next;
      outline();
      if (!before || before.step !== next.step) {
        if (next.targets.length) look(pointedAt, WAITED_FOR);
        else looking?.abort();
        const body = document.querySelector(BODY)?.parentElement;
        if (body) body.scrollTop = 0; // it is the same element from step to step
      } else if ((next.told && before.told !== next.told) || before.work !== next.work) {
        // What has just been measured stands below what was read, and what it was measured from behind the panel.
        if (before.told !== next.told) document.querySelector(".st-key-guide_news")?.scrollIntoView({ block: "nearest" });
        if (next.news.length) look(measured, NEWS_FOR);
      }
      if (said.textContent !== next.told) said.textContent = next.told;
    },
    resize: () => {},
    end,
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, href) => setTriggerValue("follow", href) }, createGuide);
}
