// A finger cannot point without a tap: what a mouse reads in a tooltip, a tap writes under the figure.
document.addEventListener("click", ({ target }) => {
  const figure = target.closest(".fovea-figure");
  const said = figure?.querySelector(".said");
  if (said) said.textContent = target.closest("svg g")?.querySelector("title")?.textContent ?? "";
});
