// The film's greys: one of its presentations, or the window of the two sliders.

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

// Centre and width of the window that is shown, or of the own one where a table is.
const shownWindow = (overlay) => {
  const shown = overlay.querySelector(".films [aria-pressed=true]").dataset;
  const own = overlay.querySelector("button.own").dataset;
  return { center: shown.center || own.center, width: shown.width || own.width };
};

// Show the film in a window of one's own, each value as far as its slider goes.
const setWindow = (overlay, values) => {
  const own = overlay.querySelector("button.own");
  const shown = shownWindow(overlay);
  for (const name of ["center", "width"]) {
    const slider = overlay.querySelector(`.window .${name}`);
    if (name in values) slider.value = values[name];
    own.dataset[name] = name in values ? slider.value : shown[name]; // one that is not moved stays exactly
  }
  showFilm(overlay, own);
};

// Move the window by shares of the values that its picture holds: a wider one is flatter, `lighter` brightens.
const moveWindow = (overlay, start, wider, lighter) => {
  const { darkest, brightest } = overlay.querySelector(".window").dataset;
  const span = brightest - darkest;
  setWindow(overlay, {
    center: Number(start.center) - lighter * span,
    width: Number(start.width) + wider * Math.abs(span),
  });
};

element.addEventListener("input", (event) => {
  const slider = event.target.closest(".window input");
  if (slider) setWindow(slider.closest(".overlay"), { [slider.className]: slider.value });
});
element.addEventListener("click", (event) => {
  const button = event.target.closest(".films button");
  if (button) showFilm(button.closest(".overlay"), button);
});
