// A drawing that was begun before this field was there; `focused` is the number of the button that had the focus.
window.takeEarlyDrawing?.((drawing, history, focused) => {
  before = history;
  show(drawing);
  element.querySelectorAll("button")[focused]?.focus();
});
