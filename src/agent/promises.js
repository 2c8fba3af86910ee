// Runs before anything in a document does: notes what the page has yet to do, and the windows that it
// opens without a click, which a browser for people would not open. See `Sight` in sight.rs.
(() => {
  const key = Symbol.for("authspec.promises");
  if (window[key]) return;
  const timers = new Map();
  const promises = { timers, opened: [], busy: false };
  Object.defineProperty(window, key, { value: promises });
  const promise = (delay) => ({ made: performance.now(), due: performance.now() + (Number(delay) || 0) });

  const { setTimeout, setInterval, clearTimeout, clearInterval, open } = window;
  const kept = (handler, id) => function (...given) {
    timers.delete(id());
    return handler.apply(this, given);
  };
  const wrap = (set) => function (handler, delay, ...given) {
    let id = 0;
    const done = typeof handler === "function" ? kept(handler, () => id) : handler;
    id = set.call(window, done, delay, ...given);
    timers.set(id, promise(delay));
    return id;
  };
  const unwrap = (clear) => function (id) {
    timers.delete(id);
    return clear.call(window, id);
  };
  window.setTimeout = wrap(setTimeout);
  window.setInterval = wrap(setInterval);
  window.clearTimeout = unwrap(clearTimeout);
  window.clearInterval = unwrap(clearInterval);

  window.open = function (url, ...given) {
    if (navigator.userActivation?.isActive) return open.call(window, url, ...given);
    try {
      promises.opened.push(new URL(url ?? "", document.baseURI).href);
    } catch {
      // What is no address opens nothing.
    }
    return null;
  };

  // What comes from elsewhere may make the page act at any time.
  for (const name of ["Worker", "SharedWorker", "EventSource", "WebSocket"]) {
    const original = window[name];
    if (!original) continue;
    window[name] = new Proxy(original, {
      construct(target, given, as) {
        promises.busy = true;
        return Reflect.construct(target, given, as);
      },
    });
  }
})();
