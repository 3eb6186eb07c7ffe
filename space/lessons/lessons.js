// One lesson at a time. Its number stands in the address, so that Back from a linked tab leads to it again.
const articles = [...element.querySelectorAll("article")];
const question = element.querySelector("select");
const previous = element.querySelector(".previous");
const next = element.querySelector(".next");

function show(index) {
  for (const [number, each] of articles.entries()) each.hidden = number !== index;
  question.selectedIndex = index;
  previous.disabled = index === 0;
  next.disabled = index === articles.length - 1;
  element.querySelector(".place").textContent = `${index + 1} of ${articles.length}`;
}

function go(index) {
  show(index);
  const address = new URL(window.location.href);
  address.searchParams.set("tab", "lessons");
  address.searchParams.set("lesson", articles[index].dataset.lesson);
  window.history.replaceState(window.history.state, "", address);
  element.scrollIntoView();
}

question.addEventListener("change", () => go(question.selectedIndex));
previous.addEventListener("click", () => go(question.selectedIndex - 1));
next.addEventListener("click", () => go(question.selectedIndex + 1));

// The choices of a prediction: the first click opens what happened.
for (const part of element.querySelectorAll(".predict-first")) {
  const choices = [...part.querySelectorAll("li")].map((item) => {
    const choice = document.createElement("button");
    choice.type = "button";
    choice.append(...item.childNodes);
    item.append(choice);
    return choice;
  });
  for (const choice of choices) {
    choice.setAttribute("aria-pressed", "false");
    choice.addEventListener("click", () => {
      for (const other of choices) other.setAttribute("aria-pressed", String(other === choice));
      part.querySelector("details").open = true;
    });
  }
}

function showAsked() {
  const asked = new URLSearchParams(window.location.search);
  const wanted = articles.findIndex((each) => each.dataset.lesson === asked.get("lesson"));
  show(asked.get("tab") === "lessons" && wanted >= 0 ? wanted : 0);
}

window.addEventListener("popstate", showAsked);
showAsked();
