// The maps of one layer as the server sends them, and the question and answer that brings them.
const networks = JSON.parse(props.networks);
const words = JSON.parse(props.words);
const plain = JSON.parse(props.plain); // the same for readers who have met no network before

function unbase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

async function inflate(text) {
  const stream = new Blob([unbase64(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// The server's answer; a refusal, or a broken connection, is thrown as a sentence.
async function ask(name, question) {
  let answer;
  try {
    answer = await server[name](question);
  } catch {
    throw new Error("The server does not answer. Is it still running?");
  }
  if (answer.error) throw new Error(answer.error);
  return answer;
}

// {levels, low, high, mean, ...}: byte (y, x) of map c is levels[(c * height + y) * width + x].
async function fetchLayer(network, layer, pixels) {
  const answer = await ask("layer", { network: network.id, layer: layer.id, pixels });
  const [count, height, width] = layer.shape.length === 3 ? layer.shape : [layer.shape[0], 1, 1];
  return { ...answer, levels: await inflate(answer.maps), count, height, width };
}

function valueAt(maps, index, y, x) {
  const level = maps.levels[(index * maps.height + y) * maps.width + x];
  return maps.low[index] + (level / 255) * (maps.high[index] - maps.low[index]);
}

// A unit alone has no range of its own: it is measured against its layer.
function scaleOf(maps, scale) {
  return scale === "map" && maps.width * maps.height === 1 ? "layer" : scale;
}

function rangeOf(maps, scale, index) {
  const by = scaleOf(maps, scale);
  return by === "map" ? [maps.low[index], maps.high[index]] : maps[by];
}

// Map `index` into `pixels` (Uint32Array) of a picture `stride` wide, its first pixel at `at`.
function paintMap(maps, index, scale, pixels, stride, at) {
  const table = inks(maps.low[index], maps.high[index], reach(rangeOf(maps, scale, index)));
  let from = index * maps.height * maps.width;
  for (let y = 0; y < maps.height; y++) {
    for (let x = 0; x < maps.width; x++) pixels[at + y * stride + x] = table[maps.levels[from++]];
  }
}

function order(maps, sort) {
  const numbers = [...Array(maps.count).keys()];
  return sort === "mean" ? numbers.sort((a, b) => maps.mean[b] - maps.mean[a] || a - b) : numbers;
}
