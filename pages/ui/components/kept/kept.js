// What this browser tab remembers of the lessons, so that a page that is loaded anew goes on where it was.
// data: { keep, fresh }
// The server forgets a visitor whose page is loaded anew: a fresh one is given what the tab has, once.

const KEPT_AS = "kdlab.lessons";

function createKept(root, tell) {
  let asked = false;
  return {
    receive({ keep, fresh }) {
      try {
        const has = sessionStorage.getItem(KEPT_AS);
        if (fresh && has && has !== keep && !asked) tell(has);
        else if (!fresh && has !== keep) sessionStorage.setItem(KEPT_AS, keep);
        asked = true;
      } catch {
        // A browser may refuse to store: then the tab forgets.
      }
    },
    resize: () => {},
    end: () => {},
  };
}

export default function (component) {
  const { setTriggerValue } = component;
  return mount({ ...component, setStateValue: (_, has) => setTriggerValue("has", has) }, createKept);
}
