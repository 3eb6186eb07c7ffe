// Paper is white: a dark page is printed in its light colours.
(() => {
  let isDark = false;
  window.addEventListener("beforeprint", () => {
    isDark = document.body.classList.contains("dark");
    document.body.classList.remove("dark");
  });
  window.addEventListener("afterprint", () => document.body.classList.toggle("dark", isDark));
})();
