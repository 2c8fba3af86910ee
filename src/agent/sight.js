// What the page looks like, in one look: see `Sight` in sight.rs.
//
// Arguments: the attribute that marks what nobody can see, the selector of the controls, the
// version of the page that is known already, and how much of its source is wanted.
const [hidden, selector, known, limit] = arguments;

const key = Symbol.for("authspec");
let watch = window[key];
if (!watch) {
  watch = { changes: 0, at: performance.now() };
  Object.defineProperty(window, key, { value: watch });
  const changed = () => {
    watch.changes += 1;
    watch.at = performance.now();
  };
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  new MutationObserver(changed).observe(document, everything);
  // A page that asks whether to stay would keep us.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), true);
}

const isHidden = (control) => {
  const box = control.getBoundingClientRect();
  return control.getClientRects().length === 0
    || getComputedStyle(control).visibility !== "visible"
    || box.right + scrollX <= 0 || box.bottom + scrollY <= 0;
};
const marks = Array.from(document.querySelectorAll(selector), isHidden);

// A copy in a document of its own, so that the page does not notice being marked. The contents of
// templates are not part of the page, though they are part of its source.
const source = () => {
  const copy = document.implementation.createHTMLDocument("")
    .importNode(document.documentElement, true);
  copy.querySelectorAll(selector).forEach((control, number) => {
    if (marks[number]) control.setAttribute(hidden, "");
  });
  copy.querySelectorAll("template").forEach((template) => template.remove());
  return copy.outerHTML.slice(0, limit);
};

const state = document.readyState;
const shown = marks.map((mark) => (mark ? 0 : 1)).join("");
const version = [performance.timeOrigin, watch.changes, state, shown].join();
const isJson = document.contentType.includes("json") && document.body;
return {
  url: document.documentURI,
  document: performance.timeOrigin,
  complete: state === "complete",
  age: performance.now(),
  quiet: performance.now() - watch.at,
  scripted: document.scripts.length > 0,
  html: version === known ? null : source(),
  json: isJson ? document.body.innerText.slice(0, limit) : null,
  version,
};
