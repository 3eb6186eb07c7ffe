// What stands under the window as coloured cells, what it slides over, and the map as far as it is filled.
const LEAST_CELL_PX = 30; // for a number to stand in it
const CHEQUERS = [0xff8b7464, 0xffb8a394]; // as ImageData's little-endian ABGR

const placeOf = (index) => [Math.floor(index / slid.outputShape[1]), index % slid.outputShape[1]];

// The values (k, k) under the window, zeros where it hangs over the edge.
function patchAt(row, column) {
  const { input, inputShape, stride, padding, weights } = slid;
  return weights.map((line, y) =>
    line.map((_, x) => {
      const [top, left] = [row * stride - padding + y, column * stride - padding + x];
      const isInside = top >= 0 && left >= 0 && top < inputShape[0] && left < inputShape[1];
      return isInside ? input[top * inputShape[1] + left] : 0;
    }),
  );
}

// A kernel's worth of values as coloured cells, with the numbers in them where there is room.
function paintCells(canvas, values, most) {
  const ratio = window.devicePixelRatio || 1,
    count = values.length,
    side = canvas.clientWidth / count;
  canvas.width = canvas.height = Math.round(canvas.clientWidth * ratio);
  const pen = canvas.getContext("2d");
  pen.scale(ratio, ratio);
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.font = `${Math.min(14, side / 3.9)}px system-ui, sans-serif`;
  values.forEach((line, y) => {
    line.forEach((value, x) => {
      const colour = ink(value, most);
      const parts = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
      pen.fillStyle = `rgb(${parts.join()})`;
      pen.fillRect(x * side, y * side, side + 0.5, side + 0.5);
      if (side < LEAST_CELL_PX) return;
      pen.fillStyle = parts[0] * 0.3 + parts[1] * 0.59 + parts[2] * 0.11 > 128 ? "#0c0a24" : "#fff";
      pen.fillText(inCell(value), (x + 0.5) * side, (y + 0.5) * side);
    });
  });
  canvas.parentElement.querySelector("small").textContent = `brightest ±${short(most)}`;
}

function inCell(value) {
  const size = Math.abs(value);
  if (value === 0) return "0";
  return value.toFixed(size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3).replace("-", "−");
}

// What the window slides over, in the middle of its padding, which is drawn as a chequered edge.
function paintTaken() {
  const { input, inputShape, padding, from, of, largest } = slid;
  const [height, width] = inputShape;
  const image = new ImageData(width + 2 * padding, height + 2 * padding);
  const inks = new Uint32Array(image.data.buffer);
  for (let y = 0; y < image.height; y++) {
    for (let x = 0; x < image.width; x++) {
      const [row, column] = [y - padding, x - padding];
      const isInside = row >= 0 && column >= 0 && row < height && column < width;
      inks[y * image.width + x] = isInside ? ink(input[row * width + column], largest) : CHEQUERS[(x + y) % 2];
    }
  }
  const canvas = one(".taken");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d");
  pen.putImageData(image, 0, 0);
  if (!from && of === 3) pen.drawImage(imageCanvas, padding, padding);
}

function paintMade(index) {
  const { output, outputShape, most } = slid;
  const image = new ImageData(outputShape[1], outputShape[0]);
  const inks = new Uint32Array(image.data.buffer);
  for (let place = 0; place <= index; place++) inks[place] = ink(output[place], most);
  const canvas = one(".made");
  [canvas.width, canvas.height] = [image.width, image.height];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

function lay(mark, [left, top, width, height], across, down) {
  mark.style.left = `${(left / across) * 100}%`;
  mark.style.top = `${(top / down) * 100}%`;
  mark.style.width = `${(width / across) * 100}%`;
  mark.style.height = `${(height / down) * 100}%`;
}
