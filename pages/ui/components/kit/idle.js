// When a script of this browser may have the page run. A run that a visitor has begun may lead to another
// page; a part of this one that is asked for meanwhile is then gone, and Streamlit 1.67 draws neither whole.

const IDLE = { look: 100 }; // ms

// Streamlit's own mark, which its tests read too. Where it is not, nothing is known: then it is idle.
const pageRuns = () => {
  const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
  return state === "running" || state === "rerunRequested";
};

// Call `then` once two looks one after the other, the first after `rest` ms, have found that no run is on:
// what was just pressed is not yet marked, and the run that leads to another page is followed by that
// page's. Returns what calls it off.
function whenIdle(then, rest = 0) {
  let calm = false;
  let later = 0;
  const look = () => {
    if (pageRuns()) calm = false;
    else if (calm) return then();
    else calm = true;
    later = setTimeout(look, IDLE.look);
  };
  if (rest > 0) later = setTimeout(look, rest);
  else look();
  return () => clearTimeout(later);
}
