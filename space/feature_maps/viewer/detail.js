// One map large, over the image, with the receptive field of the unit that is pointed at, and its kernel.
const mapCanvas = element.querySelector("canvas.map");
const imageCanvas = element.querySelector("canvas.image");
const heatCanvas = element.querySelector("canvas.heat");
const unitMark = element.querySelector(".unit");
const fieldMark = element.querySelector(".field");
let unit = null; // [y, x] of the map, null where none is pointed at

function drawLarge(maps, index, scale) {
  const image = new ImageData(maps.width, maps.height);
  paintMap(maps, index, scale, new Uint32Array(image.data.buffer), maps.width, 0);
  for (const canvas of [mapCanvas, heatCanvas]) {
    [canvas.width, canvas.height] = [maps.width, maps.height];
    canvas.getContext("2d").putImageData(image, 0, 0);
  }
}

// Lay the map where its units' fields have their centres: borders that no field is centred on stay free. Where the file
// knows no field, the map lies over the whole image.
function placeHeat(network, layer) {
  const side = layer.shape.length === 3 ? layer.shape[2] : 1;
  const even = network.width / side;
  const [size, jump, start] = layer.field ?? [even, even, 0];
  const centre = start + size / 2;
  const percent = (pixels) => `${(pixels / network.width) * 100}%`;
  heatCanvas.style.left = heatCanvas.style.top = percent(side === 1 ? 0 : centre - jump / 2);
  heatCanvas.style.width = heatCanvas.style.height = percent(side === 1 ? network.width : side * jump);
}

async function drawPicture(canvas, network, address) {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  [canvas.width, canvas.height] = [network.width, network.height];
  canvas.getContext("2d").drawImage(picture, 0, 0);
}

function clearImage(network) {
  [imageCanvas.width, imageCanvas.height] = [network.width, network.height];
  for (const canvas of [mapCanvas, heatCanvas, gridCanvas])
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
}

// Mark the unit and the square of pixels that it sees, cut at the image's edge.
function markUnit(network, layer, maps) {
  const isOn = unit !== null && maps !== null;
  unitMark.hidden = !isOn;
  fieldMark.hidden = !isOn || !layer.field;
  if (!isOn) return;
  const [y, x] = unit;
  const share = (part, whole) => `${(part / whole) * 100}%`;
  unitMark.style.left = share(x, maps.width);
  unitMark.style.top = share(y, maps.height);
  unitMark.style.width = share(1, maps.width);
  unitMark.style.height = share(1, maps.height);
  if (!layer.field) return;
  const [left, right] = seen(layer.field, x, network.width),
    [top, bottom] = seen(layer.field, y, network.height);
  fieldMark.style.left = share(left, network.width);
  fieldMark.style.top = share(top, network.height);
  fieldMark.style.width = share(right - left, network.width);
  fieldMark.style.height = share(bottom - top, network.height);
  fieldMark.dataset.field = [left, top, right, bottom].join(" ");
}

// First and one past the last pixel that unit `place` of an axis sees, of `size` pixels.
function seen([fieldSize, jump, start], place, size) {
  const first = start + place * jump;
  return [Math.max(0, first), Math.min(size, first + fieldSize)];
}

// [row, column] of the cell that a pointer is over, on a canvas of `width` x `height` cells.
function unitAt(event, { width, height }) {
  const box = event.target.getBoundingClientRect();
  const x = Math.floor(((event.clientX - box.left) / box.width) * width);
  const y = Math.floor(((event.clientY - box.top) / box.height) * height);
  return [Math.min(height - 1, Math.max(0, y)), Math.min(width - 1, Math.max(0, x))];
}

function kernelTile(kernels, index) {
  const [, height, width] = kernels.shape;
  const canvas = document.createElement("canvas");
  const image = new ImageData(width, height);
  [canvas.width, canvas.height] = [width, height];
  canvas.style.aspectRatio = `${width} / ${height}`;
  paintKernel(kernels, index, new Uint32Array(image.data.buffer), width, 0);
  canvas.getContext("2d").putImageData(image, 0, 0);
  const tile = document.createElement("span");
  tile.append(canvas);
  return tile;
}

// Beside its bitmap, the units that are compared with it, laid out as the bitmap is.
function drawCompared(units, shape, title) {
  const values = [...Array(units.count).keys()].map((index) => valueAt(units, index, 0, 0));
  const most = Math.max(...values.map(Math.abs)) || 1;
  const tile = kernelTile({ levels: values.map((value) => Math.round((value / most) * 127 + 128)), shape }, 0);
  tile.append(title);
  element.querySelector(".kernel").append(tile);
}

// Which maps before it each map sees: a column for each map, that of map `index` marked.
function drawConnections(table, index) {
  const box = element.querySelector(".connections");
  box.hidden = !table;
  box.replaceChildren();
  if (!table) return;
  const rows = Math.max(...table.flat()) + 1;
  box.style.gridTemplateColumns = `repeat(${table.length}, minmax(0, 1fr))`;
  box.setAttribute("role", "img");
  box.setAttribute("aria-label", `Map ${index + 1} sees the maps ${table[index].map((map) => map + 1).join(", ")}.`);
  for (let row = 0; row < rows; row++) {
    for (const [map, sees] of table.entries()) {
      const cell = document.createElement("i");
      cell.dataset.map = map;
      cell.classList.toggle("on", sees.includes(row));
      cell.classList.toggle("own", map === index);
      box.append(cell);
    }
  }
}

// Slices of a kernel as small canvases, strongest first; a kernel on colour pixels is one picture.
function drawKernel(kernel) {
  const box = element.querySelector(".kernel");
  box.replaceChildren();
  const isBitmap = kernel.kind === "distance";
  box.classList.toggle("single", kernel.shape?.[0] === 1 && !isBitmap);
  box.classList.toggle("bitmap", isBitmap);
  if (!kernel.layer) return;
  const levels = unbase64(kernel.pixels);
  for (let index = 0; index < kernel.shape[0]; index++) {
    const tile = kernelTile({ levels, shape: kernel.shape }, index);
    if (isBitmap) tile.append("bitmap");
    if (kernel.inputs && kernel.of > 1) {
      tile.append(String(kernel.inputs[index] + 1));
      tile.title = `on map ${kernel.inputs[index] + 1}: strength ${short(kernel.strengths[index])}`;
    }
    box.append(tile);
  }
}
