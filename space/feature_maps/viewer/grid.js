// All maps, or all filters, of a layer on one canvas; tiles are found by arithmetic, not by elements.
const sheet = element.querySelector(".sheet");
const gridCanvas = element.querySelector(".grid");
const GAP = 4;
let tiles = { numbers: [], columns: 1, side: 1 };

function tileSide(pixels, count) {
  if (pixels === 1) return count > 60 ? 22 : 34;
  return count <= 20 ? 92 : pixels > 20 ? 62 : 48;
}

// Lay out `numbers` in rows that fill the width, then draw each from `sprite`, a canvas of `columns` tiles a row.
function layOut(numbers, sprite, spriteColumns, pixels) {
  const width = sheet.clientWidth;
  const wished = tileSide(pixels, numbers.length);
  const columns = Math.max(1, Math.floor((width + GAP) / (wished + GAP)));
  const side = pixels === 1 ? wished : Math.min((width - GAP * (columns - 1)) / columns, wished * 1.3);
  const rows = Math.ceil(numbers.length / columns);
  const ratio = window.devicePixelRatio || 1;
  const height = rows * (side + GAP) - GAP;
  gridCanvas.width = Math.round(width * ratio);
  gridCanvas.height = Math.max(1, Math.round(height * ratio));
  gridCanvas.style.height = `${height}px`;
  const pen = gridCanvas.getContext("2d");
  pen.imageSmoothingEnabled = false;
  numbers.forEach((_, place) => {
    const sx = (place % spriteColumns) * pixels,
      sy = Math.floor(place / spriteColumns) * pixels;
    const [x, y] = [(place % columns) * (side + GAP), Math.floor(place / columns) * (side + GAP)];
    pen.drawImage(sprite, sx, sy, pixels, pixels, x * ratio, y * ratio, side * ratio, side * ratio);
  });
  tiles = { numbers, columns, side };
}

function spriteOf(count, pixels, paint) {
  const columns = Math.ceil(Math.sqrt(count));
  const image = new ImageData(columns * pixels, Math.ceil(count / columns) * pixels);
  const stride = image.width,
    inkPixels = new Uint32Array(image.data.buffer);
  for (let place = 0; place < count; place++) {
    const at = Math.floor(place / columns) * pixels * stride + (place % columns) * pixels;
    paint(place, inkPixels, stride, at);
  }
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").putImageData(image, 0, 0);
  return [canvas, columns];
}

function drawMaps(maps, scale, sort) {
  const numbers = order(maps, sort);
  const paint = (place, pixels, stride, at) => paintMap(maps, numbers[place], scale, pixels, stride, at);
  const [sprite, columns] = spriteOf(maps.count, maps.width, paint);
  layOut(numbers, sprite, columns, maps.width);
}

function drawFilters(filters, numbers) {
  const pixels = filters.shape[1];
  const paint = (place, target, stride, at) => paintKernel(filters, numbers[place], target, stride, at);
  const [sprite, columns] = spriteOf(numbers.length, pixels, paint);
  layOut(numbers, sprite, columns, pixels);
}

// Kernel `index` of `levels` (n, k, k[, C]): three channels are a colour, one is a weight above or below zero.
function paintKernel({ levels, shape }, index, pixels, stride, at) {
  const [, height, width, channels = 1] = shape;
  let from = index * height * width * channels;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++, from += channels) {
      const colour =
        channels === 3
          ? (0xff000000 | (levels[from + 2] << 16) | (levels[from + 1] << 8) | levels[from]) >>> 0
          : ink(levels[from] - 128, 127);
      pixels[at + y * stride + x] = colour;
    }
  }
}

// The number of the tile under a pointer, or null between tiles.
function tileAt(event) {
  const box = gridCanvas.getBoundingClientRect();
  const step = tiles.side + GAP;
  const column = Math.floor((event.clientX - box.left) / step),
    row = Math.floor((event.clientY - box.top) / step);
  if (column < 0 || row < 0 || column >= tiles.columns) return null;
  return tiles.numbers[row * tiles.columns + column] ?? null;
}

function frame(mark, number) {
  const place = number === null ? -1 : tiles.numbers.indexOf(number);
  mark.hidden = place < 0;
  if (place < 0) return;
  const step = tiles.side + GAP;
  mark.style.left = `${(place % tiles.columns) * step}px`;
  mark.style.top = `${Math.floor(place / tiles.columns) * step}px`;
  mark.style.width = mark.style.height = `${tiles.side}px`;
}

// Bring the tile of `number` into the box, without moving the page.
function reveal(number) {
  const box = element.querySelector(".box");
  const top = Math.floor(tiles.numbers.indexOf(number) / tiles.columns) * (tiles.side + GAP);
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + tiles.side > box.scrollTop + box.clientHeight)
    box.scrollTop = top + tiles.side - box.clientHeight + GAP;
}
