// Mouse, pen and fingers on the stage: a drag moves the film or its grey window, two fingers and the wheel zoom.
const pointers = new Map();
let dragStart = null;

const distance = ([one, other]) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);

const stageOf = (event) => event.target.closest(".stage");

const startDrag = (overlay, event) => {
  dragStart = { event, window: shownWindow(overlay) };
};

const isWindowDrag = (overlay, event) => overlay.dataset.drag === "window" && !(event.buttons & 6);

element.addEventListener("pointerdown", (event) => {
  const stage = stageOf(event);
  if (!stage) return;
  const overlay = stage.closest(".overlay");
  if (event.isPrimary) pointers.clear(); // one that was held when its film was replaced never came up
  pointers.set(event.pointerId, event);
  stage.setPointerCapture(event.pointerId);
  stage.focus({ preventScroll: true });
  startDrag(overlay, event);
  if (event.button === 1) event.preventDefault(); // no scrolling by the middle button
});

element.addEventListener("pointermove", (event) => {
  const before = pointers.get(event.pointerId);
  const stage = stageOf(event);
  if (!before || !stage) return;
  const overlay = stage.closest(".overlay");
  const held = [...pointers.values()];
  pointers.set(event.pointerId, event);
  if (held.length === 2) {
    const now = [...pointers.values()];
    const [x, y] = ["clientX", "clientY"].map((axis) => (now[0][axis] + now[1][axis]) / 2);
    zoomBy(overlay, distance(now) / distance(held), x, y);
  } else if (isWindowDrag(overlay, event)) {
    const { width, height } = stage.getBoundingClientRect();
    const { event: start, window } = dragStart;
    moveWindow(overlay, window, (event.clientX - start.clientX) / width, (start.clientY - event.clientY) / height);
  } else {
    moveBy(overlay, event.clientX - before.clientX, event.clientY - before.clientY);
  }
});

for (const end of ["pointerup", "pointercancel"])
  element.addEventListener(end, (event) => {
    pointers.delete(event.pointerId);
    const [left] = pointers.values(); // the finger that stays goes on from where it is
    if (left && stageOf(event)) startDrag(stageOf(event).closest(".overlay"), left);
  });

element.addEventListener("contextmenu", (event) => {
  if (stageOf(event)) event.preventDefault(); // the right button moves the film
});

// The wheel scrolls the page until the film is clicked; a pinch on a touchpad arrives as a wheel with Ctrl.
element.addEventListener(
  "wheel",
  (event) => {
    const stage = stageOf(event);
    if (!stage || !(event.ctrlKey || document.activeElement === stage)) return;
    event.preventDefault();
    zoomBy(stage.closest(".overlay"), Math.exp(-event.deltaY / 400), event.clientX, event.clientY);
  },
  { passive: false },
);
