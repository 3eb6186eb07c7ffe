// Zoom and place: the film is enlarged by `zoom` and its middle lies `x`, `y` screen pixels from that of the stage.
const MOST = 8;
const STEP = 1.25;

const placed = (overlay) => ({
  zoom: Number(overlay.dataset.zoom || 1),
  x: Number(overlay.dataset.x || 0),
  y: Number(overlay.dataset.y || 0),
});

// An edge of an enlarged film never passes the same edge of the stage.
const kept = (offset, film, stage) => {
  const room = Math.max(0, (film - stage) / 2);
  return Math.min(room, Math.max(-room, offset));
};

const place = (overlay, zoom, x, y) => {
  const stage = overlay.querySelector(".stage");
  const stack = overlay.querySelector(".stack");
  const to = Math.min(MOST, Math.max(1, zoom));
  const left = kept(x, to * stack.offsetWidth, stage.clientWidth);
  const top = kept(y, to * stack.offsetHeight, stage.clientHeight);
  Object.assign(overlay.dataset, { zoom: to, x: left, y: top });
  stack.style.setProperty("--zoom", to);
  stack.style.setProperty("--x", `${left}px`);
  stack.style.setProperty("--y", `${top}px`);
  overlay.classList.toggle("is-zoomed", to > 1);
  overlay.querySelector("[data-zoom=whole]").textContent = `${Math.round(to * 100)} %`;
};

// Enlarge by `factor`; what lies at this point of the screen stays there, or the middle of the stage.
const zoomBy = (overlay, factor, clientX, clientY) => {
  const { left, top, width, height } = overlay.querySelector(".stage").getBoundingClientRect();
  const { zoom, x, y } = placed(overlay);
  const to = Math.min(MOST, Math.max(1, zoom * factor));
  const pointX = clientX === undefined ? 0 : clientX - left - width / 2;
  const pointY = clientY === undefined ? 0 : clientY - top - height / 2;
  place(overlay, to, pointX - ((pointX - x) * to) / zoom, pointY - ((pointY - y) * to) / zoom);
};

const moveBy = (overlay, right, down) => {
  const { zoom, x, y } = placed(overlay);
  place(overlay, zoom, x + right, y + down);
};

const zoomTo = {
  in: (overlay) => zoomBy(overlay, STEP),
  out: (overlay) => zoomBy(overlay, 1 / STEP),
  whole: (overlay) => place(overlay, 1, 0, 0),
};
