// ?tab=digits&strokes=30-25.70-25_48-80: points of "x-y" with "." between them, and "_" between strokes.
function linkedDrawing(text) {
  if (text.length > props.link_chars || !/^\d{1,3}-\d{1,3}([._]\d{1,3}-\d{1,3})*$/.test(text)) return null;
  const drawing = text.split("_").map((stroke) => stroke.split(".").map((point) => point.split("-").map(Number)));
  return drawing.flat(2).every((place) => place <= FIELD_PX) ? drawing : null;
}

const linked = new URLSearchParams(window.location.search);
if (linked.get("tab") === "digits" && linked.has("strokes")) {
  const drawing = linkedDrawing(linked.get("strokes"));
  if (drawing) show(drawing);
  else {
    const hint = element.querySelector(".hint");
    hint.setAttribute("role", "alert");
    hint.textContent = "The drawing in this link cannot be read. Draw a digit here.";
  }
}
