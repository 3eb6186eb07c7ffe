// Keys, while the stage has the focus.
const STRIDE_PX = 40;
const WINDOW_STEP = 0.02; // of the values that the picture holds
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const arrow = (overlay, [right, down], isWindow) => {
  if (isWindow) moveWindow(overlay, shownWindow(overlay), right * WINDOW_STEP, -down * WINDOW_STEP);
  else moveBy(overlay, -right * STRIDE_PX, -down * STRIDE_PX); // the view goes where the arrow points
};

// Off, or the class that was shown last, else the most probable one.
const toggleHeat = (overlay) => {
  const shown = overlay.querySelector(".heats [aria-pressed=true]");
  if (!shown) return;
  const { heat } = overlay.dataset;
  const wanted = shown.dataset.class ? "" : (overlay.dataset.lastHeat ?? heat);
  overlay.dataset.lastHeat = shown.dataset.class || overlay.dataset.lastHeat || heat;
  showHeat(overlay, overlay.querySelector(`.heats [data-class="${wanted}"]`));
};

const KEYS = {
  "+": zoomTo.in,
  "=": zoomTo.in,
  "-": zoomTo.out,
  0: zoomTo.whole,
  f: toggleFullScreen,
  h: toggleHeat,
  m: (overlay) => dragBy(overlay, overlay.querySelector("[data-drag=move]")),
  g: (overlay) => dragBy(overlay, overlay.querySelector("[data-drag=window]")),
};

element.addEventListener("keydown", (event) => {
  const stage = event.target;
  if (!stage.classList.contains("stage") || event.ctrlKey || event.altKey || event.metaKey) return;
  const overlay = stage.closest(".overlay");
  const choice = overlay.querySelectorAll(".films button")[Number(event.key) - 1];
  const key = KEYS[event.key.toLowerCase()];
  const way = ARROWS[event.key];
  if (key) key(overlay);
  else if (choice) showFilm(overlay, choice);
  else if (way && (event.shiftKey || overlay.classList.contains("is-zoomed"))) arrow(overlay, way, event.shiftKey);
  else return; // the page's own: an arrow scrolls where the whole film is shown
  event.preventDefault();
});
