// Where the server does not answer Streamlit opens a dialog, whose words are for whoever writes an app:
// it names a script that is not there, or the internet, which the lab does not need. Here are the lab's.

const AWAY = new Map([
  ["Is Streamlit still running? If you accidentally stopped Streamlit, just restart it in your terminal:",
    say("The lab's server does not answer. If it was stopped, start it again in the lab's folder; this page then continues by itself:")],
  ["Streamlit server is not responding. Are you connected to the internet?",
    say("The lab's server does not answer. If it was stopped, the person who started it can start it again (python3 -m kdlab open in the lab's folder); this page then continues by itself.")],
]);
const COMMAND = /streamlit\s+run\s+yourscript\.py/;

function said(dialog) {
  const walker = document.createTreeWalker(dialog, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const words = AWAY.get(node.data.trim());
    if (words) node.data = words;
  }
  for (const code of dialog.querySelectorAll("code")) {
    if (COMMAND.test(code.textContent)) code.textContent = "python3 -m kdlab open";
  }
}

// A dialog is a new child of the page's body; what else changes on the page is of no interest here.
if (!window.kdlabAway) {
  window.kdlabAway = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const added of addedNodes) {
        if (added.nodeType !== Node.ELEMENT_NODE) continue;
        new MutationObserver(() => said(added)).observe(added, { childList: true, subtree: true, characterData: true });
        said(added);
      }
    }
  });
  window.kdlabAway.observe(document.body, { childList: true });
}
