// The kernel of the chosen map slides over one channel of its input: its products, their sum, and the map filling up.
const slideBox = element.querySelector(".slide");
const FAST_S = 10; // for the whole map
const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
let slid = null, // what the server sent, its maps as Float32Array
  cell = 0, // the place of the window, row by row
  playing = 0, // the animation frame that is asked for, 0 while it stands
  slideTicket = 0;

async function floats(text) {
  return new Float32Array((await inflate(text)).buffer);
}

// Fetch what the view names, where the panel is open; an answer that a later click has overtaken is dropped.
async function loadSlide(from = 0) {
  const wasPlaying = Boolean(playing),
    mine = ++slideTicket;
  pause();
  slideBox.hidden = !maps || layer().shape.length !== 3; // units have no place to slide to
  if (slideBox.hidden || !slideBox.open) return false;
  slideBox.setAttribute("aria-busy", "true"); // numbers of another map are no longer these
  const question = { network: view.network, layer: view.layer, map: view.map, channel: view.channel, pixels: pixels() };
  try {
    const answer = await ask("slide", question);
    const [input, output] = await Promise.all([floats(answer.input), floats(answer.output)]);
    if (mine !== slideTicket) return false;
    slid = { ...answer, input, output, largest: largestOf(input), most: largestOf(output) };
  } catch (error) {
    if (mine === slideTicket) refuseSlide(error.message);
    return false;
  }
  slideBox.removeAttribute("aria-busy");
  describeSlide();
  paintTaken();
  stand(Math.min(from, slid.output.length - 1));
  if (wasPlaying) play();
  return true;
}

function refuseSlide(reason) {
  slid = null;
  one(".place").disabled = true; // hides what belongs to numbers
  one(".slide-words").textContent = reason;
  slideBox.removeAttribute("aria-busy");
}

function largestOf(values) {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
}

// ---- in words

const COLOURS_OF_PIXELS = ["red", "green", "blue"];

function channelName(channel) {
  if (slid.from) return `map ${channel + 1} of ${slid.from}`;
  return slid.of === 3 ? `the image's ${COLOURS_OF_PIXELS[channel]}` : "the image";
}

function describeSlide() {
  const { of, from, stride, padding, inputShape, outputShape, channels, channel, weights } = slid;
  const side = weights.length;
  const sentences = [
    `The kernel of map ${slid.map + 1} stops at each place. It multiplies, adds up and writes one number.`,
  ];
  if (slid.layer !== view.layer) sentences.push("The layer above is made from that map.");
  if (of > 1) {
    const noun = from ? "maps" : "colours";
    sentences.push(`It sees ${of} ${noun} at once, with weights of its own for each. One is shown.`);
  }
  if (!from) sentences.push("Pixels are rescaled around 0 first.");
  one(".slide-words").textContent = sentences.join(" ");
  const edge = padding ? `${padding} ${padding === 1 ? "row" : "rows"} of zeros around` : "no padding";
  one(".taken-facts").textContent =
    `${channelName(channel)}, ${inputShape[0]} x ${inputShape[1]}, ${edge}, stride ${stride}`;
  one(".made-facts").textContent = `${slid.title}, map ${slid.map + 1}, ${outputShape[0]} x ${outputShape[1]}`;
  one(".taken").setAttribute("aria-label", `${channelName(channel)} with the window of ${side} x ${side}`);
  one(".made").setAttribute("aria-label", `map ${slid.map + 1} of ${slid.title}, filled up to the window`);
  one(".slide .on").hidden = of === 1;
  one(".channel").replaceChildren(...channels.map((each) => new Option(channelName(each), each)));
  one(".channel").value = channel;
  one(".place").disabled = false;
  one(".place").max = slid.output.length - 1;
}

// All terms of the sum with the same decimals: four digits of the largest, two of them at least behind the point.
function equation(share, value) {
  const { bias, of, from, weights } = slid;
  const rest = value - share - (bias ?? 0);
  const terms = [[share, `${plural(weights.length ** 2, "product")} on ${channelName(slid.channel)}`]];
  if (of > 1) terms.push([rest, `the other ${from ? plural(of - 1, "map") : "two colours"}`]);
  if (bias !== null) terms.push([bias, "bias"]);
  const most = Math.max(...terms.map(([number]) => Math.abs(number)), Math.abs(value));
  const decimals = Math.max(2, Math.min(6, 3 - Math.floor(Math.log10(most || 1))));
  const [row, column] = placeOf(cell);
  return [...terms, [value, `row ${row + 1}, column ${column + 1} of the map`]].map(
    ([number, meaning], index, all) => ({
      sign: index === 0 ? "" : index === all.length - 1 ? "=" : number < 0 ? "−" : "+",
      number: (index > 0 && index < all.length - 1 ? Math.abs(number) : number).toFixed(decimals).replace("-", "−"),
      meaning,
    }),
  );
}

function writeEquation(share, value) {
  one(".equation").replaceChildren(
    ...equation(share, value).flatMap(({ sign, number, meaning }) => {
      const term = document.createElement("span");
      const shown = Object.assign(document.createElement("b"), { textContent: `${sign} ${number}`.trim() });
      term.append(shown, " ", Object.assign(document.createElement("small"), { textContent: meaning }));
      return [term, " "];
    }),
  );
}

// Stand at a place: everything that the panel shows follows from it.
function stand(index) {
  cell = index;
  view.cell = index + 1;
  const [row, column] = placeOf(index),
    [height, width] = slid.outputShape,
    { padding, stride, inputShape, weights } = slid;
  const values = patchAt(row, column);
  const products = values.map((line, y) => line.map((value, x) => value * weights[y][x]));
  const factor = largestOf(weights.flat());
  paintCells(one(".patch"), values, slid.largest);
  paintCells(one(".factors"), weights, factor);
  paintCells(one(".products"), products, largestOf(products.flat()));
  writeEquation(
    products.flat().reduce((sum, product) => sum + product, 0),
    slid.output[index],
  );
  paintMade(index);
  const across = inputShape[1] + 2 * padding,
    down = inputShape[0] + 2 * padding;
  lay(one(".window"), [column * stride, row * stride, weights.length, weights.length], across, down);
  lay(one(".cell"), [column, row, 1, 1], width, height);
  one(".place").value = index;
  one(".place").setAttribute("aria-valuetext", `row ${row + 1} of ${height}, column ${column + 1} of ${width}`);
  one(".back").disabled = index === 0;
  one(".forth").disabled = index === slid.output.length - 1;
}

// ---- playing

function setPlaying(frame) {
  playing = frame;
  one(".play").textContent = frame ? "Pause" : "Play";
  one(".equation").setAttribute("aria-live", frame ? "off" : "polite"); // each number in turn would drown the rest
}

function pause() {
  if (playing) cancelAnimationFrame(playing);
  setPlaying(0);
}

function play() {
  const last = slid.output.length - 1;
  const begun = cell === last ? 0 : cell;
  let started = null;
  const tick = (now) => {
    started ??= now;
    const speed = Number(one(".speed").value) || Math.max(60, slid.output.length / FAST_S);
    const reached = Math.min(last, begun + Math.floor(((now - started) / 1000) * speed));
    if (reached !== cell) stand(reached);
    if (reached === last || !slideBox.offsetParent) pause();
    else playing = requestAnimationFrame(tick);
  };
  setPlaying(requestAnimationFrame(tick));
}

// Step by hand: whatever plays stops.
function stepTo(index) {
  pause();
  if (slid) stand(Math.min(slid.output.length - 1, Math.max(0, index)));
}

slideBox.addEventListener("toggle", async () => {
  if (!slideBox.open) {
    pause();
    view.cell = view.channel = null;
    return;
  }
  const isLinked = view.cell !== null;
  const isThere = await loadSlide(isLinked ? view.cell - 1 : 0);
  if (isThere && !isLinked && !calm.matches) play();
});
one(".play").addEventListener("click", () => {
  if (playing) pause();
  else if (slid) play();
});
one(".speed").addEventListener("change", () => {
  if (!playing) return;
  pause();
  play();
});
one(".back").addEventListener("click", () => stepTo(cell - 1));
one(".forth").addEventListener("click", () => stepTo(cell + 1));
one(".place").addEventListener("input", ({ target }) => stepTo(Number(target.value)));
one(".channel").addEventListener("change", ({ target }) => {
  view.channel = Number(target.value);
  loadSlide(cell);
});
one(".made").addEventListener("pointerdown", (event) => {
  if (!slid) return;
  const [height, width] = slid.outputShape;
  const [row, column] = unitAt(event, { width, height });
  stepTo(row * width + column);
});
for (const canvas of slideBox.querySelectorAll(".slide-sum canvas")) {
  canvas.addEventListener("pointermove", (event) => {
    if (!slid) return;
    const side = slid.weights.length;
    const [row, column] = unitAt(event, { width: side, height: side });
    const value = patchAt(...placeOf(cell))[row][column],
      weight = slid.weights[row][column];
    one(".one-product").textContent =
      `Row ${row + 1}, column ${column + 1}: ${short(value)} × ${short(weight)} = ${short(value * weight)}`;
  });
}
new ResizeObserver(() => slid && slideBox.open && one(".patch").clientWidth && stand(cell)).observe(slideBox);
