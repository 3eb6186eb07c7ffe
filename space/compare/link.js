// ?tab=compare&section=NAME: figures grow while they are drawn, so its heading is kept in sight until the reader moves.
const asked = new URLSearchParams(window.location.search);
const section = asked.get("tab") === "compare" && document.getElementById(`compare-${asked.get("section")}`);
if (section) {
  const sizes = new ResizeObserver(() => section.scrollIntoView());
  sizes.observe(document.body);
  for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
    window.addEventListener(kind, () => sizes.disconnect(), { once: true });
  }
}
