// The field that stands alone until the page is there, and then hands its drawing over: not while a hand is at work, since
// the page has its field elsewhere.
const RESTED_MS = 700;
const SLOW_MS = 30000;
let take = null,
  handing = null,
  touched = -Infinity;

function handOver() {
  if (take === null || pointer !== null) return;
  const focused = [...element.querySelectorAll("button")].indexOf(element.activeElement);
  if (strokes.length || before.length) take(strokes, before, focused);
  delete window.takeEarlyDrawing;
  element.host.remove();
}

function handOverSoon() {
  clearTimeout(handing);
  handing = setTimeout(handOver, touched + RESTED_MS - performance.now());
}

for (const kind of ["pointerdown", "pointerup", "pointercancel", "click"]) {
  element.addEventListener(kind, () => {
    touched = performance.now();
    handOverSoon();
  });
}

window.takeEarlyDrawing = (given) => {
  take = given;
  handOverSoon();
};

function say(words) {
  element.querySelector("header p").textContent = words;
}
setTimeout(say, SLOW_MS, "The page is taking long to load. If it does not appear, reload it.");
addEventListener(
  "error",
  ({ target }) => target instanceof HTMLScriptElement && say("The page did not load. Reload it."),
  true,
);
