// Words of the glossary, wherever they stand on the page: links whose title is the explanation. It is
// shown beside the word on hover, focus and touch, and goes with Escape, a press elsewhere, or scrolling.

const EXPLAINED = 'a[href^="./words?word="]';
const SOON = 120; // ms: who only passes over a word is left alone
const LEFT = 250; // ms: time to go from the word to its explanation

function explainWords(root) {
  const tip = make("div", { class: "told", role: "tooltip", popover: "manual", hidden: true });
  root.append(tip);
  const listening = new AbortController();
  const on = (kind, hear) => document.addEventListener(kind, hear, { signal: listening.signal, capture: true, passive: kind === "scroll" });
  let shown = null; // the word
  let lasting = false; // shown by a key or a press: it stays when the mouse goes elsewhere
  let top = 0; // where it was then
  let timer = 0;

  const target = (event) => event.composedPath()[0]; // through the borders of components
  const wordAt = (event) => (target(event) instanceof Element ? target(event).closest(EXPLAINED) : null);

  const place = (word) => word.getClientRects()[0] ?? word.getBoundingClientRect();

  function show(word) {
    clearTimeout(timer);
    // The browser would show the title as well; for a screen reader the explanation stays.
    if (word.title) set(word, { "aria-description": word.title, title: null });
    shown = word;
    tip.textContent = word.getAttribute("aria-description");
    tip.hidden = false;
    if (!tip.matches(":popover-open")) tip.showPopover();
    const line = place(word);
    top = line.top;
    const { width, height } = tip.getBoundingClientRect();
    const below = line.bottom + 6;
    tip.style.left = `${clamp(line.left, 8, Math.max(8, innerWidth - width - 8))}px`;
    tip.style.top = `${below + height > innerHeight - 8 ? line.top - height - 6 : below}px`;
  }
  function hide() {
    clearTimeout(timer);
    if (shown) tip.hidePopover();
    tip.hidden = true;
    shown = null;
    lasting = false;
  }
  const later = (ms, run) => {
    clearTimeout(timer);
    timer = setTimeout(run, ms);
  };

  on("pointerover", (event) => {
    if (event.pointerType === "touch") return;
    const word = wordAt(event);
    if (word === shown && word) clearTimeout(timer);
    else if (word && !lasting) later(SOON, () => word.isConnected && show(word));
    else if (target(event) === tip) clearTimeout(timer);
    else if (!lasting) later(LEFT, hide);
  });
  on("focusin", (event) => {
    const word = wordAt(event);
    if (!word) return;
    show(word);
    lasting = true;
  });
  on("focusout", (event) => {
    if (wordAt(event) === shown) hide();
  });
  on("click", (event) => {
    const word = wordAt(event);
    if (!word || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // a tab of its own
    event.preventDefault();
    show(word);
    lasting = true;
  });
  on("pointerdown", (event) => {
    if (shown && target(event) !== tip && wordAt(event) !== shown) hide();
  });
  on("keydown", (event) => {
    if (event.key !== "Escape" || !shown) return;
    hide();
    event.stopPropagation();
  });
  on("scroll", () => shown && Math.abs(place(shown).top - top) > 2 && hide());

  return {
    end() {
      hide();
      listening.abort();
    },
  };
}
