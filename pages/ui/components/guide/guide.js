// What a lesson does to the page beside it.
// data: { step, targets: [selector], inside: selector, told, panel: selector }
// Tells Python the address of a link in the panel that was clicked.

const WAITED_FOR = 10_000; // milliseconds in which Python has drawn what a step speaks of
const AWAY_FROM_EDGES = 70; // pixels: the app's header above

function createGuide(root, follow) {
  const said = make("p", { role: "status", "aria-live": "polite", class: "said" });
  root.append(said);
  let data = null;
  let looking = null;

  // The first target that is there in view, between the header and the panel; once, and not where
  // the learner goes on by himself meanwhile. The focus stays where it is.
  function look() {
    looking?.abort();
    if (!data.targets.length) return;
    looking = new AbortController();
    const { signal } = looking;
    const stop = looking.abort.bind(looking);
    for (const kind of ["wheel", "touchmove", "keydown", "pointerdown"]) addEventListener(kind, stop, { signal, passive: true });
    const timer = setTimeout(stop, WAITED_FOR);
    const found = () => data.targets.map((each) => document.querySelector(each)).find((node) => node?.getClientRects().length);
    const settle = () => {
      outline();
      const node = found();
      if (!node || !root.isConnected || (data.inside && !outlined)) return;
      stop();
      bring(node);
    };
    const watched = new MutationObserver(settle);
    watched.observe(document.body, { childList: true, subtree: true });
    signal.addEventListener("abort", () => {
      watched.disconnect();
      clearTimeout(timer);
    });
    settle();
  }

  // Within a component no rule of the page counts.
  let outlined = null;
  function outline() {
    const parts = data.inside ? data.targets.map((each) => part(document.querySelector(each))) : [];
    const node = parts.find(Boolean) ?? null;
    if (node === outlined) return;
    if (outlined) outlined.style.outline = outlined.style.outlineOffset = "";
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
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    event.stopPropagation();
    follow(link.getAttribute("href"));
  }
  document.addEventListener("click", clicked, true);

  return {
    receive(next) {
      const before = data;
      data = next;
      if (!before || before.step !== next.step) look();
      outline();
      if (before && before.step === next.step && next.told && before.told !== next.told) {
        // What has just been measured stands below what was read.
        const body = document.querySelector(".st-key-guide_news");
        body?.scrollIntoView({ block: "nearest" });
      }
      if (said.textContent !== next.told) said.textContent = next.told;
    },
    resize: () => {},
    end: () => {
      looking?.abort();
      if (outlined) outlined.style.outline = outlined.style.outlineOffset = "";
      document.removeEventListener("click", clicked, true);
    },
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, href) => setTriggerValue("follow", href) }, createGuide);
}
