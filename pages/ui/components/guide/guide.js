// What a lesson does to the page beside it.
// data: { step, targets: [selector], inside: selector, told, panel: selector, shows: selector }
// Tells Python the address of a link in the panel that was clicked.

const WAITED_FOR = 60_000; // milliseconds in which Python has drawn what a step speaks of
const EVERY = 250; // milliseconds
const EXPLAINED = "./words?word="; // words of the glossary
const AWAY_FROM_EDGES = 70; // pixels: the app's header above

function createGuide(root, follow) {
  const said = make("p", { role: "status", "aria-live": "polite", class: "said" });
  root.append(said);
  let data = null;
  let looking = null;

  // The first target that is there in view, between the header and the panel; once, and not where
  // the learner goes on by himself meanwhile. The focus stays where it is. Asked for again and again:
  // what a component draws within itself is no change of the document that could be observed.
  function look() {
    looking?.abort();
    if (!data.targets.length) return;
    looking = new AbortController();
    const { signal } = looking;
    const stop = looking.abort.bind(looking);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { signal, passive: true });
    const end = performance.now() + WAITED_FOR;
    const settle = () => {
      const node = data.targets.map((each) => document.querySelector(each)).find((found) => found?.getClientRects().length);
      const there = node && root.isConnected && (!data.inside || outlined);
      if (there) bring(node);
      if (there || performance.now() > end) stop();
    };
    const timer = setInterval(settle, EVERY);
    signal.addEventListener("abort", () => clearInterval(timer));
    settle();
  }

  // Within a component no rule of the page counts, and it may be drawn anew at any time.
  let outlined = null;
  const outlining = setInterval(outline, EVERY);
  function outline() {
    if (!root.isConnected) {
      end(); // the page was left, and nobody was told
      return;
    }
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

  function bring(node) {
    const box = node.getBoundingClientRect();
    const panel = document.querySelector(data.panel)?.getBoundingClientRect();
    const beside = node.closest("[data-testid=stSidebar]");
    const bottom = beside || !panel ? innerHeight : panel.top;
    const fits = box.top >= AWAY_FROM_EDGES && box.bottom <= bottom;
    if (fits) return;
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = quiet ? "instant" : "smooth";
    if (beside) {
      node.scrollIntoView({ block: "center", behavior });
      return;
    }
    const room = bottom - AWAY_FROM_EDGES;
    const wanted = AWAY_FROM_EDGES + Math.max(0, (room - box.height) / 2);
    document.querySelector("[data-testid=stMain]")?.scrollBy({ top: box.top - wanted, behavior });
  }

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
  }

  return {
    receive(next) {
      const before = data;
      data = next;
      outline();
      if (!before || before.step !== next.step) {
        look();
        const body = document.querySelector(".st-key-guide_body")?.parentElement;
        if (body) body.scrollTop = 0; // it is the same element from step to step
      }
      if (before && before.step === next.step && next.told && before.told !== next.told) {
        // What has just been measured stands below what was read.
        const body = document.querySelector(".st-key-guide_news");
        body?.scrollIntoView({ block: "nearest" });
        // And what it was measured from, which the panel would hide.
        const picture = next.shows && document.querySelector(next.shows);
        if (picture) bring(picture);
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
