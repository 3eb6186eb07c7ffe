// What each click, key and link does to `view`, and the first view.
// ---- choosing

function choose(index) {
  view.map = index;
  view.channel = null;
  unit = null;
  frame(one(".chosen"), index);
  reveal(index);
  if (!maps) return;
  drawChosen();
  drawLegend();
  showKernel();
  loadSlide(cell);
}

function go(id) {
  view.layer = id;
  view.channel = null;
  if (view.cell) view.cell = 1;
  unit = null;
  const count = layer().shape[0];
  if (view.map !== null && view.map >= count) view.map = null;
  return refresh();
}

async function goNetwork(id) {
  view.network = id;
  drawChoices();
  view.map = view.channel = null;
  if (view.cell) view.cell = 1;
  view.layer = network().layers[0].id;
  if (isOwnImage) await go(view.layer);
  else await showExample(network().example);
}

function showImage(answer) {
  const isMore = answer.id !== undefined && answer.id === imageId,
    had = pixels();
  if (!isMore && view.image === null && had) earlier = seenBy;
  seenBy = answer.seen;
  if (isMore && had) return null; // what other networks see of the image that is shown already
  imageId = answer.id;
  view.image = answer.example;
  fetched = new Map();
  unit = null;
  one(".address").hidden = one(".link-note").hidden = true;
  return refresh();
}

async function showExample(name) {
  try {
    await showImage(await ask("sample", { name }));
  } catch (error) {
    say(error.message);
  }
}

// ---- events

one(".networks").addEventListener("click", ({ target }) => target.dataset.network && goNetwork(target.dataset.network));
one(".stages").addEventListener(
  "click",
  ({
    target: {
      dataset: { stage },
    },
  }) => {
    if (stage) go(network().layers.find((each) => each.stage === stage).id);
  },
);
one("select.layer").addEventListener("change", ({ target }) => go(target.value));
for (const [selector, by] of [
  [".previous", -1],
  [".next", 1],
]) {
  one(selector).addEventListener("click", () => go(network().layers[network().layers.indexOf(layer()) + by].id));
}
one(".controls").addEventListener("click", ({ target: { dataset } }) => {
  const [key] = Object.keys(dataset);
  if (!["scale", "sort", "show"].includes(key)) return;
  view[key] = dataset[key];
  if (key === "show") {
    refresh();
    return;
  }
  pressAll();
  drawGrid();
  if (maps) drawChosen();
});
gridCanvas.addEventListener("pointermove", (event) => {
  const index = tileAt(event);
  frame(one(".hovered"), index);
  one(".hover-facts").textContent =
    index === null || !maps
      ? ""
      : `${index + 1}: mean ${short(maps.mean[index])}, ${short(maps.low[index])} to ${short(maps.high[index])}`;
});
one(".connections").addEventListener("click", ({ target }) => target.dataset.map && choose(Number(target.dataset.map)));
gridCanvas.addEventListener("pointerleave", () => frame(one(".hovered"), null));
gridCanvas.addEventListener("click", (event) => {
  const index = tileAt(event);
  if (index !== null) choose(index);
});
gridCanvas.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -tiles.columns, ArrowDown: tiles.columns }[event.key];
  const index = by === undefined ? undefined : tiles.numbers[tiles.numbers.indexOf(view.map) + by];
  if (index === undefined) return;
  event.preventDefault();
  choose(index);
});
for (const kind of ["pointermove", "pointerdown"]) {
  mapCanvas.addEventListener(kind, (event) => {
    if (!maps) return;
    unit = unitAt(event, maps);
    showUnit();
  });
}
mapCanvas.addEventListener("keydown", (event) => {
  const by = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
  if (!by || !maps || !unit) return;
  event.preventDefault();
  unit = [
    Math.min(maps.height - 1, Math.max(0, unit[0] + by[0])),
    Math.min(maps.width - 1, Math.max(0, unit[1] + by[1])),
  ];
  showUnit();
});
one(".opacity").addEventListener("input", ({ target }) => {
  heatCanvas.style.opacity = target.value / 100;
});
one(".copy").addEventListener("click", async ({ target }) => {
  const fromOne = (number) => (number === null ? null : number + 1);
  const link = linkTo({
    ...view,
    map: fromOne(view.map),
    channel: fromOne(view.channel),
    beside: view.beside === EARLIER ? null : view.beside,
  });
  one(".address").value = link;
  one(".address").hidden = false;
  one(".address").select();
  one(".link-note").hidden = !(isOwnImage && view.image === null);
  try {
    await navigator.clipboard.writeText(link); // browsers have it on https and localhost only: else the field is there
    target.textContent = "Copied";
    setTimeout(() => {
      target.textContent = "Copy link";
    }, 1500);
  } catch {
    /* the field shows the link, selected */
  }
});
const fileName = () => `${view.network}-${view.layer}`;
one(".png").addEventListener("click", () => {
  const scale =
    view.show === "filters"
      ? "each filter on its own scale"
      : `colour scale by ${view.scale}: ${one(".legend .low").textContent} to ${one(".legend .high").textContent}`;
  savePng(
    `${network().title}, ${layer().title}`,
    `${plural(layer().shape[0], view.show === "filters" ? "filter" : "map")}, ${scale}`,
    fileName(),
  );
});
one(".npz").addEventListener("click", async () => {
  try {
    if (pixels()) await saveNpz(network(), layer(), pixels(), fileName());
  } catch (error) {
    say(error.message);
  }
});
watch("value", () => {
  isOwnImage = Boolean(props.value);
  if (isOwnImage) showImage(JSON.parse(props.value));
  else showExample(network().example);
});
new ResizeObserver(() => (maps || filters) && drawGrid()).observe(sheet);

// ---- the first view: the link's, or an example

function start() {
  const wanted = linked();
  if (wanted.layer) window.keepInSight(element);
  if (networks.some((each) => each.id === wanted.network)) view.network = wanted.network;
  buttons(
    one(".networks"),
    "network",
    networks.map((each) => [each.id, each.title]),
  );
  drawChoices();
  const { layers } = network();
  view.layer = layers.some((each) => each.id === wanted.layer) ? wanted.layer : layers[0].id;
  const allowed = { scale: ["map", "layer", "network"], sort: ["number", "mean"], show: ["maps", "filters"] };
  for (const [key, values] of Object.entries(allowed)) if (values.includes(wanted[key])) view[key] = wanted[key];
  if (Number(wanted.map) >= 1 && Number(wanted.map) <= layer().shape[0]) view.map = Math.floor(Number(wanted.map)) - 1;
  if (canStandBeside(wanted.beside)) view.beside = wanted.beside;
  if (Number(wanted.cell) >= 1) {
    view.cell = Math.floor(Number(wanted.cell));
    if (Number(wanted.channel) >= 1) view.channel = Math.floor(Number(wanted.channel)) - 1;
    slideBox.open = true;
  }
  if (props.value) {
    isOwnImage = true;
    showImage(JSON.parse(props.value));
  } else if (wanted.image) showExample(wanted.image);
  else if (wanted.network) refresh();
  else showExample(network().example);
}
start();
