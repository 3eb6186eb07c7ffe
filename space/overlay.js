// Opacity and class; the listeners sit on the component, whose content is replaced with every answer.
const press = (button) => {
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", other === button);
};

const showHeat = (overlay, button) => {
  press(button);
  for (const part of overlay.querySelectorAll(".heat, .heat-note"))
    part.hidden = part.dataset.class !== button.dataset.class;
};

element.addEventListener("input", (event) => {
  if (!event.target.classList.contains("opacity")) return;
  event.target.closest(".overlay").style.setProperty("--heat", event.target.value / 100);
});
element.addEventListener("click", (event) => {
  const button = event.target.closest(".choices button[data-class]");
  if (button) showHeat(button.closest(".overlay"), button);
});
