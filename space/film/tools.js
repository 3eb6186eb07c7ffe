// The buttons above the choices: what a drag does, zoom, and full screen.
const dragBy = (overlay, button) => {
  press(button);
  overlay.dataset.drag = button.dataset.drag;
};

const toggleFullScreen = (overlay) =>
  document.fullscreenElement ? document.exitFullscreen() : overlay.requestFullscreen();

element.addEventListener("click", (event) => {
  const button = event.target.closest(".tools button");
  if (!button) return;
  const overlay = button.closest(".overlay");
  if (button.dataset.drag) dragBy(overlay, button);
  else if (button.dataset.zoom) zoomTo[button.dataset.zoom](overlay);
  else toggleFullScreen(overlay);
});

// The stage has another size now, so what is in sight of an enlarged film would not be what was.
element.addEventListener("fullscreenchange", (event) => {
  const overlay = event.target;
  zoomTo.whole(overlay);
  overlay.querySelector(".full").textContent = document.fullscreenElement === overlay ? "Leave" : "Full screen";
});

element.toggleAttribute("data-no-full-screen", !document.fullscreenEnabled);
