// The value is the name of the film that was clicked.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  props.value = button.dataset.name;
  trigger("input");
});
