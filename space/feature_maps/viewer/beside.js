// The chosen map twice, beside each other: of two images, or before and after its layer.
const exampleTitles = JSON.parse(props.examples); // [name, title] of each
const BEFORE = "before",
  EARLIER = "earlier";
const NEW_RANGE = ["batch norm", "response norm", "tanh"]; // what comes out has another range than what goes in
let earlier = null, // what each network sees of the upload before this image
  besideTicket = 0;
let lastOther = {}; // {key, maps} of another image, so that going from map to map is free
const samples = new Map(); // what the networks see of the examples

const exampleTitle = (name) => exampleTitles.find(([each]) => each === name)?.[1];
const canStandBeside = (name) => name === BEFORE || Boolean(exampleTitle(name));

function offerBeside() {
  const entries = [["", "nothing"]];
  if (layer().before) entries.push([BEFORE, "itself before this layer"]);
  if (earlier?.[view.network]?.address) entries.push([EARLIER, "your photo before this one"]);
  entries.push(...exampleTitles.filter(([name]) => name !== view.image));
  one(".beside-choice").replaceChildren(...entries.map(([value, text]) => new Option(text, value)));
  one(".beside-choice").value = entries.some(([value]) => value === view.beside) ? view.beside : "";
  return one(".beside-choice").value;
}

// {title, seen, maps} of what the map is compared with: its image, null for the one shown, and its maps.
async function standingBeside(choice) {
  if (choice === BEFORE) {
    const before = network().layers.find((each) => each.id === layer().before);
    return { title: before.title, seen: null, maps: await fetchOnce(before) };
  }
  const seenOther = choice === EARLIER ? earlier : (await sampled(choice)).seen;
  const { address, error } = seenOther[view.network];
  if (error) throw new Error(error);
  const key = `${view.network} ${view.layer} ${address}`;
  if (lastOther.key !== key) lastOther = { key, maps: await fetchLayer(network(), layer(), address) };
  return { title: exampleTitle(choice) ?? "Your photo before", seen: address, maps: lastOther.maps };
}

function sampled(name) {
  if (!samples.has(name)) {
    const answer = ask("sample", { name });
    answer.catch(() => samples.delete(name));
    samples.set(name, answer);
  }
  return samples.get(name);
}

async function drawBeside() {
  const mine = ++besideTicket,
    choice = offerBeside(),
    index = view.map;
  one(".beside").hidden = !maps;
  one(".beside-note").hidden = true;
  if (!maps || !choice) {
    one(".beside-pair").hidden = true;
    return;
  }
  try {
    const [own, other] = [maps, await standingBeside(choice)];
    if (mine !== besideTicket) return;
    const isBefore = choice === BEFORE;
    const shown = { title: isBefore ? layer().title : (exampleTitle(view.image) ?? "Your photo"), maps: own };
    const pair = isBefore ? [other, shown] : [{ ...shown, seen: pixels() }, other];
    const reaches = pair.map((each) => reach([each.maps.low[index], each.maps.high[index]]));
    const isOneScale = !isBefore || !NEW_RANGE.includes(layer().operation);
    for (const [place, each] of pair.entries()) {
      const most = isOneScale ? Math.max(...reaches) : reaches[place];
      await drawOne(element.querySelectorAll(".beside-pair figure")[place], each, index, most);
    }
    one(".beside-pair").hidden = false;
    one(".beside-note").textContent =
      `Both in ${isOneScale ? "the same colours" : "colours of their own range"}: map ${index + 1} of each.`;
  } catch (error) {
    if (mine !== besideTicket) return;
    one(".beside-pair").hidden = true;
    one(".beside-note").textContent = error.message;
  }
  one(".beside-note").hidden = false;
}

async function drawOne(figure, { title, seen, maps }, index, most) {
  const [mean, low, high] = [maps.mean, maps.low, maps.high].map((values) => short(values[index]));
  figure.querySelector("b").textContent = title;
  figure.querySelector("span").textContent = `mean ${mean}, ${low} to ${high}`;
  const canvas = figure.querySelector(".one-map");
  canvas.setAttribute("aria-label", `map ${index + 1}, ${title}`);
  const image = new ImageData(maps.width, maps.height);
  const table = inks(maps.low[index], maps.high[index], most);
  const from = index * maps.height * maps.width;
  new Uint32Array(image.data.buffer).set(
    [...maps.levels.subarray(from, from + maps.height * maps.width)].map((level) => table[level]),
  );
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").putImageData(image, 0, 0);
  const picture = figure.querySelector(".seen");
  picture.hidden = !seen;
  if (seen) await drawPicture(picture, network(), seen);
}

one(".beside-choice").addEventListener("change", ({ target }) => {
  view.beside = target.value || null;
  drawBeside();
});
