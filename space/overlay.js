// Sliders and class buttons; the listeners sit on the component, whose content is replaced with every answer.
element.addEventListener("input", (event) => {
  const slider = event.target;
  if (slider.type !== "range") return;
  const overlay = slider.closest(".overlay");
  if (slider.classList.contains("opacity")) {
    overlay.style.setProperty("--heat", slider.value / 100);
    return;
  }
  slider.nextElementSibling.textContent = Math.round(slider.value);
  const window_ = overlay.querySelector(".window");
  const darkest = Number(window_.dataset.darkest);
  const span = Number(window_.dataset.brightest) - darkest; // below zero for a film whose low values are white
  const place = (Number(window_.querySelector(".center").value) - darkest) / span;
  const slope = Math.abs(span) / Number(window_.querySelector(".width").value);
  for (const channel of overlay.querySelectorAll("feComponentTransfer > *")) {
    channel.setAttribute("slope", slope);
    channel.setAttribute("intercept", 0.5 - place * slope);
  }
});
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-class]");
  if (!button) return;
  const overlay = button.closest(".overlay");
  for (const other of overlay.querySelectorAll("button")) other.setAttribute("aria-pressed", other === button);
  for (const heat of overlay.querySelectorAll(".heat")) heat.hidden = heat.dataset.class !== button.dataset.class;
});
