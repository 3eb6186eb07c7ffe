// The field that stands alone until the page is there, and then hands its drawing over.
window.takeEarlyDrawing = (take) => {
  if (pointer !== null) return void canvas.addEventListener("pointerup", () => window.takeEarlyDrawing(take));
  delete window.takeEarlyDrawing;
  if (strokes.length) take(strokes, before);
  element.host.remove();
};
