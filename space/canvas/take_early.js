// A drawing that was begun before this field was there.
window.takeEarlyDrawing?.((drawing, history) => {
  before = history;
  show(drawing);
});
