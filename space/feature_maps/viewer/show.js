// What is shown, and what follows from each click. `view` is the whole state; everything on screen is drawn from it.
const one = (selector) => element.querySelector(selector);
const view = {
  network: networks[0].id,
  layer: null,
  scale: "map",
  sort: "number",
  show: "maps",
  map: null,
  cell: null, // of the map, from 1, where a kernel slides
  channel: null, // that it slides over, from 0; null for the strongest
  beside: null, // what the map is compared with: an example's name, or how it was before its layer
  image: null,
};
const COMING = "One moment: what this network sees of the image is on its way.";
let seenBy = {}; // what each network sees of the image: {address} or {error}
let maps = null,
  filters = null,
  isOwnImage = false,
  imageId,
  ticket = 0;
let fetched = new Map(); // layers of the present image, so that stepping back is free

const network = () => networks.find((each) => each.id === view.network);
const layer = () => network().layers.find((each) => each.id === view.layer);
const pixels = () => seenBy[view.network]?.address;
const plural = (count, name) => `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;

function say(sentence) {
  one(".notice").textContent = sentence ?? "";
  one(".notice").hidden = !sentence;
}

function press(group, key, value) {
  for (const button of group.querySelectorAll("button"))
    button.setAttribute("aria-pressed", button.dataset[key] === value);
}

function buttons(box, key, entries) {
  box.replaceChildren(
    ...entries.map(([value, text]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset[key] = value;
      button.textContent = text;
      return button;
    }),
  );
}

// ---- the network and its layers

function drawChoices() {
  const { layers } = network();
  const stages = [...new Set(layers.map((each) => each.stage))];
  buttons(
    one(".stages"),
    "stage",
    stages.map((stage) => [stage, stage]),
  );
  one("select.layer").replaceChildren(
    ...stages.map((stage) => {
      const group = document.createElement("optgroup");
      group.label = stage;
      group.append(...layers.filter((each) => each.stage === stage).map((each) => new Option(each.title, each.id)));
      return group;
    }),
  );
}

function describeLayer() {
  const {
    shape,
    parameters,
    multiplyAdds,
    window: [size, stride, padding, groups],
    field,
    kind,
    operation,
    stage,
  } = layer();
  const facts = [
    shape.length === 3 ? `${plural(shape[0], "map")} of ${shape[1]} x ${shape[2]}` : plural(shape[0], "unit"),
  ];
  if (size) {
    facts.push(
      `window ${size} x ${size}, stride ${stride}, padding ${padding}${groups > 1 ? `, ${groups} groups` : ""}`,
    );
  }
  facts.push(plural(parameters, "parameter"));
  if (multiplyAdds >= 1e6) facts.push(`${(multiplyAdds / 1e6).toPrecision(3)} M multiply-adds`);
  else if (multiplyAdds) facts.push(plural(multiplyAdds, "multiply-add"));
  if (field) {
    const { width, height } = network();
    const step = shape[1] > 1 ? `, the next one ${plural(field[1], "pixel")} on` : "";
    facts.push(
      field[0] > Math.max(width, height)
        ? `its field, ${field[0]} x ${field[0]} pixels, is larger than the image`
        : `a unit sees ${field[0]} x ${field[0]} pixels${step}`,
    );
  }
  one(".facts").replaceChildren(
    ...facts.map((fact) => Object.assign(document.createElement("span"), { textContent: fact })),
  );
  one(".plain").textContent = plain[operation] ?? "";
  one(".words").textContent = words[operation] ?? "";
  one("select.layer").value = view.layer;
  press(one(".stages"), "stage", stage);
  const { layers } = network(),
    place = layers.indexOf(layer());
  one(".previous").disabled = place === 0;
  one(".next").disabled = place === layers.length - 1;
  const onPixels = kind === "convolution" && place === 0;
  one(".show").hidden = !onPixels;
  if (!onPixels) view.show = "maps";
}

function pressAll() {
  press(one(".networks"), "network", view.network);
  for (const key of ["scale", "sort", "show"]) press(one(`.segments.${key}`), key, view[key]);
}

// ---- fetching

function fetchOnce(place) {
  const key = `${view.network} ${place.id}`;
  if (!fetched.has(key)) {
    const answer = fetchLayer(network(), place, pixels());
    answer.catch(() => fetched.delete(key));
    fetched.set(key, answer);
  }
  return fetched.get(key);
}

// Fetch what the view names and draw it; an answer that a later click has overtaken is dropped.
async function refresh() {
  const mine = ++ticket;
  describeLayer();
  pressAll();
  try {
    const wanted = view.show === "filters" ? ask("kernels", { network: view.network, layer: view.layer }) : null;
    const seen = pixels();
    const got = seen ? await fetchOnce(layer()) : null;
    const kernels = await wanted;
    if (mine !== ticket) return;
    maps = got;
    filters = kernels && { ...kernels, levels: unbase64(kernels.pixels) };
    if (seen) await drawPicture(imageCanvas, network(), seen);
    else clearImage(network());
    if (mine !== ticket) return;
    say(
      seen
        ? null
        : (seenBy[view.network]?.error ?? (isOwnImage ? COMING : "No image yet: upload one, or click an example.")),
    );
  } catch (error) {
    if (mine === ticket) say(error.message);
    return;
  }
  if (maps && !(view.map >= 0 && view.map !== null && view.map < maps.count)) view.map = order(maps, "mean")[0];
  draw();
  const { layers } = network(),
    next = layers[layers.indexOf(layer()) + 1];
  if (maps && next) fetchOnce(next).catch(() => null); // the likely next step, ready before it is asked for
}

// ---- drawing

// What the network makes of the whole image, where its file goes on to an answer.
function sayTop() {
  const { title, classes } = network();
  const [name, probability] = maps?.top ?? [];
  one(".top-class").hidden = !maps || (classes.length > 0 && !name);
  one(".top-class").textContent = name
    ? `${title} says: ${name}, ${(probability * 100).toFixed(1)} %. It knows ${classes.length} classes.`
    : `This file holds the maps of ${title} and not its classifier. So it names nothing.`;
}

function draw() {
  const started = performance.now(),
    isEmpty = !maps && !filters;
  one(".detail").hidden = !maps;
  sayTop();
  one(".beside").hidden = !maps;
  one(".box").hidden = one(".legend").hidden = one(".downloads").hidden = isEmpty;
  one(".controls").hidden = isEmpty && one(".show").hidden;
  one(".npz").hidden = !maps;
  drawGrid();
  if (maps) drawChosen();
  if (view.map !== null) reveal(view.map);
  gridCanvas.dataset.ms = (performance.now() - started).toFixed(1);
  gridCanvas.dataset.layer = maps || filters ? `${view.network} ${view.layer} ${view.show}` : "";
  gridCanvas.dataset.image = view.image ?? "";
  if (maps) showKernel();
  loadSlide(view.cell ? view.cell - 1 : 0);
}

function drawGrid() {
  if (!sheet.clientWidth) return; // the tab is hidden: the observer calls again
  const numbers = maps ? order(maps, view.sort) : [...Array(layer().shape[0]).keys()];
  if (view.show === "filters" && filters) drawFilters(filters, numbers);
  else if (maps) drawMaps(maps, view.scale, view.sort);
  gridCanvas.setAttribute(
    "aria-label",
    `${view.show} of ${layer().title}, ${layer().shape[0]} tiles. Arrow keys choose one.`,
  );
  frame(one(".chosen"), view.map);
  frame(one(".hovered"), null);
  drawLegend();
}

function drawLegend() {
  const isFilters = view.show === "filters";
  one(".legend").hidden = !maps && !isFilters;
  for (const part of one(".legend").children) part.hidden = isFilters && !part.matches(".dead");
  if (isFilters) {
    const colours = network().channels === 3 ? "red, green and blue, grey is 0" : "dark is 0, rose below it";
    one(".dead").textContent = `Each filter on its own scale: ${colours}`;
  }
  if (!maps || isFilters) return;
  const range = rangeOf(maps, view.scale, view.map ?? 0),
    isSigned = range[0] < 0,
    most = reach(range);
  paintRamp(one(".ramp"), isSigned);
  one(".legend .low").textContent = isSigned ? short(-most) : "0";
  one(".legend .high").textContent =
    short(most) +
    { map: ` (map ${view.map + 1})`, layer: " (this layer)", network: " (whole network)" }[scaleOf(maps, view.scale)];
  const noun = layer().shape.length === 1 ? "units" : "maps";
  const hasRelu = network().layers.some((each) => each.operation === "relu");
  const after =
    noun === "units"
      ? "not above 0"
      : maps.layer[0] < 0
        ? `nowhere above 0${hasRelu ? ": a ReLU leaves nothing of them" : ""}`
        : "dead: nowhere above 0";
  one(".dead").textContent =
    layer().kind === "distance"
      ? "The unit nearest to 0 wins"
      : maps.dead
        ? `${maps.dead} of ${maps.count} ${noun} ${maps.dead === 1 ? "is" : "are"} ${after}`
        : `All ${noun} reach above 0`;
}

function drawChosen() {
  const index = view.map;
  drawLarge(maps, index, view.scale);
  placeHeat(network(), layer());
  const meaning = view.layer === "logits" && network().classes[index] ? `: ${network().classes[index]}` : "";
  one(".map-name").textContent = `${layer().shape.length === 3 ? "Map" : "Unit"} ${index + 1}${meaning}`;
  one(".map-facts").textContent =
    `mean ${short(maps.mean[index])}, ${short(maps.low[index])} to ${short(maps.high[index])}`;
  if (unit === null || unit[0] >= maps.height || unit[1] >= maps.width) unit = strongest(maps, index);
  showUnit();
  drawBeside();
}

function strongest({ levels, height, width }, index) {
  const own = levels.subarray(index * height * width, (index + 1) * height * width);
  const best = own.indexOf(own.reduce((a, b) => Math.max(a, b), 0));
  return [Math.floor(best / width), best % width];
}

function showUnit() {
  markUnit(network(), layer(), maps);
  const [y, x] = unit;
  one(".reading").textContent = `Row ${y + 1}, column ${x + 1}: ${short(valueAt(maps, view.map, y, x))}`;
  const { field } = layer();
  one(".field-facts").textContent = field ? fieldFacts(field, x, y) : "";
}

function fieldFacts(field, x, y) {
  const [left, right] = seen(field, x, network().width),
    [top, bottom] = seen(field, y, network().height);
  return `the unit sees ${right - left} x ${bottom - top} pixels`;
}

// What the picture of the kernel shows, in words.
function kernelNote(kernel, index) {
  if (!kernel.layer) return "A dense unit has one weight for each unit before it.";
  if (kernel.kind === "distance")
    return `Left the bitmap of ${network().classes[index]}, drawn by hand. Right the units before it, in the same order.`;
  if (kernel.table)
    return `It sees ${kernel.inputs.length} of ${kernel.of} maps. In the table each column is a map, each row a map before it.`;
  if (!kernel.inputs) return `On red, green and blue. Grey is 0, the largest weight ±${short(kernel.largest[0])}.`;
  if (kernel.of === 1) return `Largest weight ±${short(kernel.largest)}.`;
  const which = kernel.shape[0] < kernel.of ? `The ${kernel.shape[0]} strongest of ` : "All ";
  return `${which}${kernel.of} slices, with the map that each lies on.`;
}

async function showKernel() {
  const mine = ticket,
    index = view.map ?? 0,
    { layers } = network();
  const isOvertaken = () => mine !== ticket || index !== (view.map ?? 0);
  try {
    const kernel = await ask("kernel", { network: view.network, layer: view.layer, map: index });
    const isBitmap = kernel.kind === "distance",
      before = layers[layers.indexOf(layer()) - 1];
    const units = isBitmap && !isOvertaken() ? await fetchOnce(before) : null;
    if (isOvertaken()) return;
    drawKernel(kernel);
    if (units) drawCompared(units, kernel.shape, before.stage);
    drawConnections(kernel.table, kernel.map);
    one(".kernel-name").textContent = isBitmap ? "Its bitmap" : "Its kernel";
    const size = kernel.layer ? `${kernel.shape[1]} x ${kernel.shape[2]}` : "";
    one(".kernel-facts").textContent = kernel.layer && !isBitmap ? `${size} of ${kernel.title}` : size;
    one(".kernel-note").textContent = kernelNote(kernel, index);
  } catch (error) {
    say(error.message);
  }
}
