// Sorts in the page: a click on a heading, again for the other direction. Unknown values stay last either way.
element.addEventListener("click", (event) => {
  const heading = event.target.closest("th");
  if (!heading) return;
  const isDescending = heading.getAttribute("aria-sort") === "ascending";
  for (const other of heading.parentElement.children) other.setAttribute("aria-sort", "none");
  heading.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
  const isNumber = heading.classList.contains("number");
  const body = heading.closest("table").tBodies[0];
  const keyed = [...body.rows].map((row) => ({ row, key: row.cells[heading.cellIndex].dataset.value ?? null }));
  keyed.sort((a, b) => {
    if (a.key === null || b.key === null) return (a.key === null) - (b.key === null);
    const order = isNumber ? Number(a.key) - Number(b.key) : a.key.localeCompare(b.key);
    return isDescending ? -order : order;
  });
  body.append(...keyed.map(({ row }) => row));
});
