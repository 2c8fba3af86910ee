// Runs before anything in a document does: notes what the page has yet to do, and the windows that it
// opens without a click, which a browser for people would not open. See `PageSnapshot`.
(() => {
  const key = Symbol.for("authspec.promises");
  // Our own page between two visits has nothing in it.
  if (window[key] || window === window.top && document.URL === "about:blank") return;
  const timers = new Map();
  const promises = { timers, opened: [], roots: [], busy: false, listens: false, stirred: -1000, scripted: false, unsure: false };
  Object.defineProperty(window, key, { value: promises });
  const promise = (delay) => ({ made: performance.now(), due: performance.now() + (Number(delay) || 0) });

  const { setTimeout, setInterval, clearTimeout, clearInterval, open } = window;
  promises.whenIdle = window.requestIdleCallback?.bind(window);
  promises.draw = window.requestAnimationFrame?.bind(window, () => {});
  // What has been kept may lead somewhere that nobody has heard of yet, or promise the same again.
  const kept = (handler, told, again) => function (...given) {
    told.made = performance.now();
    told.due = told.made + again;
    try {
      return handler.apply(this, given);
    } finally {
      // What it has led to is noted itself.
      if (!again) told.done = performance.now();
    }
  };
  const wrap = (set, repeats) => function (handler, delay, ...given) {
    const told = promise(delay);
    const again = repeats ? Number(delay) || 1 : 0;
    const done = typeof handler === "function" ? kept(handler, told, again) : handler;
    const id = set.call(window, done, delay, ...given);
    timers.set(id, told);
    return id;
  };
  const unwrap = (clear) => function (id) {
    timers.delete(id);
    return clear.call(window, id);
  };
  window.setTimeout = wrap(setTimeout, false);
  window.setInterval = wrap(setInterval, true);
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

  const { scheduler, AbortSignal } = window;
  if (scheduler?.postTask) {
    const { postTask } = scheduler;
    scheduler.postTask = function (task, how) {
      timers.set(Symbol("task"), promise(how?.delay));
      return postTask.call(scheduler, task, how);
    };
  }
  if (AbortSignal?.timeout) {
    const { timeout } = AbortSignal;
    AbortSignal.timeout = (time) => {
      timers.set(Symbol("timeout"), promise(time));
      return timeout.call(AbortSignal, time);
    };
  }

  // Whoever goes on from frame to frame, or from message to message, is not done.
  const stir = (owner, name) => {
    const original = owner?.[name];
    if (!original) return;
    owner[name] = function (...given) {
      promises.stirred = performance.now();
      return original.apply(this, given);
    };
  };
  stir(window, "requestAnimationFrame");
  stir(window, "requestIdleCallback");
  stir(window, "postMessage");
  stir(window.Scheduler?.prototype, "yield");
  for (const name of ["MutationObserver", "ResizeObserver", "IntersectionObserver"]) {
    stir(window[name]?.prototype, "observe");
  }
  stir(window.MessagePort?.prototype, "postMessage");
  stir(window.BroadcastChannel?.prototype, "postMessage");
  const { addEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (kind, ...given) {
    if (/^(webkit)?(animation|transition)/i.test(kind)) promises.listens = true;
    return addEventListener.call(this, kind, ...given);
  };
  const { attachShadow } = Element.prototype;
  Element.prototype.attachShadow = function (...given) {
    const root = attachShadow.apply(this, given);
    promises.roots.push(root);
    return root;
  };

  for (const { prototype } of [window.Window, window.Document, window.HTMLElement, window.SVGElement]) {
    for (const name of Object.getOwnPropertyNames(prototype ?? {})) {
      const property = Object.getOwnPropertyDescriptor(prototype, name);
      if (!/^on(webkit)?(animation|transition)/.test(name) || !property.set) continue;
      const { set } = property;
      property.set = function (handler) {
        promises.listens = true;
        return set.call(this, handler);
      };
      Object.defineProperty(prototype, name, property);
    }
  }

  // What answers at a time that nobody can tell.
  const doubt = (owner, name) => {
    const property = owner && Object.getOwnPropertyDescriptor(owner, name);
    if (typeof property?.value !== "function" || name === "constructor" || !property.configurable) return;
    const original = property.value;
    property.value = new Proxy(original, {
      apply(target, self, given) {
        promises.unsure = true;
        return Reflect.apply(target, self, given);
      },
      construct(target, given, as) {
        promises.unsure = true;
        return Reflect.construct(target, given, as);
      },
    });
    Object.defineProperty(owner, name, property);
  };
  for (const name of [
    "Blob", "Cache", "CacheStorage", "Clipboard", "CookieStore", "CredentialsContainer", "FileReader",
    "FontFaceSet", "Geolocation", "IDBFactory", "LockManager", "MediaDevices", "Permissions", "ServiceWorkerContainer", "StorageManager", "SubtleCrypto",
  ]) {
    const prototype = window[name]?.prototype;
    for (const method of Object.getOwnPropertyNames(prototype ?? {})) doubt(prototype, method);
  }
  for (const name of [
    "AudioContext", "OfflineAudioContext", "CompressionStream", "DecompressionStream", "FontFace",
    "RTCPeerConnection", "WebTransport", "createImageBitmap", "SpeechSynthesisUtterance", "ImageDecoder",
    "PerformanceObserver", "ReportingObserver", "Notification",
  ]) doubt(window, name);
  for (const method of ["compile", "instantiate", "compileStreaming", "instantiateStreaming"]) {
    doubt(window.WebAssembly, method);
  }
  doubt(window.Atomics, "waitAsync");
  doubt(window.Document?.prototype, "startViewTransition");
  doubt(window.HTMLImageElement?.prototype, "decode");
  doubt(window.HTMLMediaElement?.prototype, "play");
  doubt(window.HTMLMediaElement?.prototype, "load");
  doubt(window.HTMLVideoElement?.prototype, "requestVideoFrameCallback");

  // Whoever has a script may remove it before anybody looks.
  const active = "script, iframe, frame, object, embed, portal, fencedframe";
  const runs = (node) => node.nodeType === Node.ELEMENT_NODE && (node.matches(active)
    || Array.from(node.attributes).some(({ name }) => /^on/i.test(name)));
  const watch = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) {
      for (const node of addedNodes) {
        promises.scripted ||= runs(node) || Array.from(node.querySelectorAll?.("*") ?? []).some(runs);
      }
    }
    if (promises.scripted) watch.disconnect();
  });
  watch.observe(document, { subtree: true, childList: true });
  // That was us, not the page.
  promises.stirred = -1000;

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
