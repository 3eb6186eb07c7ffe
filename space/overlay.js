// Slider and class buttons; the listeners sit on the component, whose content is replaced with every answer.
element.addEventListener("input", (event) => {
  if (event.target.type !== "range") return;
  event.target.closest(".overlay").style.setProperty("--heat", event.target.value / 100);
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-class]");
  if (!button) return;
  const overlay = button.closest(".overlay");
  for (const other of overlay.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
  for (const heat of overlay.querySelectorAll(".heat")) heat.hidden = heat.dataset.class !== button.dataset.class;
});
