// What the page looks like, in one look: see `PageSnapshot`.
//
// Arguments: the attribute that marks what nobody can see, the selector of the controls, the
// version of the page that is known already, how much of its source is wanted, and for how long the
// page is waited for, or one that has said early what it will do.
const [hidden, selector, known, limit, late, early] = arguments;

const promises = Symbol.for("authspec.promises");
const key = Symbol.for("authspec");
let watch = window[key];
if (!watch) {
  watch = { changes: 0, at: performance.now(), rested: false, asked: false };
  Object.defineProperty(window, key, { value: watch });
  const changed = () => {
    watch.changes += 1;
    watch.at = performance.now();
  };
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  // That we look is not something the page does.
  const stirred = window[promises]?.stirred;
  new MutationObserver(changed).observe(document, everything);
  if (window[promises]) window[promises].stirred = stirred;
  // A page that asks whether to stay would keep us.
  window.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), true);
}

// On a busy machine, a page that has changed nothing may not have had its turn yet.
const { rested } = watch;
const whenIdle = window[promises]?.whenIdle;
watch.rested = false;
// Once scripts have blocked rendering, a headless browser may draw no frame by itself, and is not idle until it does.
if (watch.asked) window[promises].draw?.();
if (whenIdle && !watch.asked) {
  watch.asked = true;
  whenIdle(() => {
    watch.asked = false;
    watch.rested = true;
  });
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

// Frameworks listen for the ends of all animations, whether or not there are any.
const animations = (root) => root.getAnimations?.() ?? [];
const isAnimated = (view, made) => {
  const declared = Array.from(view.document.querySelectorAll("*"), (it) => it.shadowRoot).filter(Boolean);
  const roots = [view.document, ...declared, ...made?.roots ?? []];
  return roots.flatMap(animations).some(({ playState, pending }) => pending || playState === "running");
};

// What the page, or a document in it, has yet to do: when the next thing is due, in milliseconds from
// now. Those that look for news again and again are waited for no longer than the rest. How long ago one went on
// from frame to frame, or the like, is noted as well.
const stirs = [];
const promised = (view) => {
  const now = view.performance.now();
  const made = view[promises];
  const ends = animations(view.document).map((it) => it.effect?.getComputedTiming() ?? {})
    .map((timing) => timing.endTime - (timing.localTime ?? 0));
  const waits = "[onanimationiteration], [onanimationend], [ontransitionend]";
  const listens = made?.listens || view.document.querySelector(waits) !== null;
  const busy = made?.busy || listens && isAnimated(view, made);
  if (made && now < late) stirs.push(now - made.stirred);
  for (const [id, { due }] of made?.timers ?? []) if (due < now - 1000) made.timers.delete(id);
  const timers = Array.from(made?.timers.values() ?? [])
    .filter(({ made, due, done }) => (done === undefined ? due > now - 300 : done > now - 50)
      && due < (made < 1000 ? early : late));
  const dues = timers.map(({ due }) => Math.max(due - now, 0));
  return dues.concat(ends.filter((left) => left > 0 && left + now < late), busy && now < late ? [0] : []);
};
const within = (view) => {
  let dues = [];
  try {
    dues = promised(view);
    for (let i = 0; i < view.frames.length && i < 20; i += 1) dues = dues.concat(within(view.frames[i]));
  } catch {
    // The document of somebody else, who may do what they like.
    if (performance.now() < late) dues.push(0);
  }
  return dues;
};
const dues = within(window);
const opened = window[promises]?.opened.splice(0, 20) ?? [];

const state = document.readyState;
const shown = marks.map((mark) => (mark ? 0 : 1)).join("");
const version = [performance.timeOrigin, watch.changes, state, shown].join();
const passive = /^(text\/(html|plain)|application\/(problem\+)?json)$/.test(document.contentType);
const isJson = document.contentType.includes("json") && document.body;
return {
  url: document.documentURI,
  document: performance.timeOrigin,
  complete: state === "complete",
  age: performance.now(),
  quiet: performance.now() - watch.at,
  rested: rested || !whenIdle,
  scripted: document.scripts.length > 0,
  promised: dues.length > 0,
  stirred: stirs.length > 0 ? Math.min(...stirs) : null,
  watched: Boolean(window[promises]),
  acts: document.scripts.length > 0 || Boolean(window[promises]?.scripted) || !passive,
  unsure: Boolean(window[promises]?.unsure) || window.frames.length > 0,
  opened,
  html: version === known ? null : source(),
  json: isJson ? document.body.innerText.slice(0, limit) : null,
  version,
};
