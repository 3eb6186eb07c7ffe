// Sliders and buttons; the listeners sit on the component, whose content is replaced with every answer.
const press = (button) => {
  for (const other of button.parentElement.children) other.setAttribute("aria-pressed", other === button);
};

// Show the film as `choice`, one of its buttons, says; a table of the file has no centre and width to tell.
const showFilm = (overlay, choice) => {
  press(choice);
  for (const film of overlay.querySelectorAll(".picture"))
    film.hidden = film.dataset.picture !== choice.dataset.picture;
  overlay.classList.toggle("in-own-window", choice.classList.contains("own"));
  const window_ = overlay.querySelector(".window");
  for (const name of ["center", "width"]) {
    const slider = window_.querySelector(`.${name}`);
    const value = choice.dataset[name];
    if (value) slider.value = value;
    slider.nextElementSibling.textContent = value ? Number(value).toFixed(window_.dataset.digits) : "none";
  }
  if (!choice.classList.contains("own")) return;
  const darkest = Number(window_.dataset.darkest);
  const span = Number(window_.dataset.brightest) - darkest; // below zero for a film whose low values are white
  const place = (Number(choice.dataset.center) - darkest) / span;
  const slope = Math.abs(span) / Number(choice.dataset.width);
  for (const channel of overlay.querySelectorAll("feComponentTransfer > *")) {
    channel.setAttribute("slope", slope);
    channel.setAttribute("intercept", 0.5 - place * slope);
  }
};

element.addEventListener("input", (event) => {
  const slider = event.target;
  if (slider.type !== "range") return;
  const overlay = slider.closest(".overlay");
  if (slider.classList.contains("opacity")) {
    overlay.style.setProperty("--heat", slider.value / 100);
    return;
  }
  const own = overlay.querySelector("button.own");
  const before = overlay.querySelector(".films [aria-pressed=true]");
  for (const name of ["center", "width"]) {
    const isMoved = slider.classList.contains(name); // the other one stays, exactly where it was
    own.dataset[name] = isMoved ? slider.value : before.dataset[name] || own.dataset[name];
  }
  showFilm(overlay, own);
});
element.addEventListener("click", (event) => {
  const button = event.target.closest(".choices button");
  if (!button) return;
  const overlay = button.closest(".overlay");
  if (button.dataset.picture) {
    showFilm(overlay, button);
    return;
  }
  press(button);
  for (const heat of overlay.querySelectorAll(".heat")) heat.hidden = heat.dataset.class !== button.dataset.class;
});
