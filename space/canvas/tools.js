// Undo, clear, and the examples: each is a step that undo goes back from.
element.querySelector(".undo").addEventListener("click", () => {
  pointer = null;
  show(before.pop());
});
element.querySelector(".clear").addEventListener("click", () => {
  pointer = null;
  if (strokes.length) remember();
  show([]);
});
for (const button of element.querySelectorAll(".example")) {
  button.addEventListener("click", () => {
    pointer = null;
    remember();
    show(JSON.parse(button.dataset.strokes));
  });
}
redraw();
