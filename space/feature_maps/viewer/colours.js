// Values become colours: `bytes` holds 256 colours from zero up, then 256 from zero down.
const bytes = Uint8Array.from(atob(props.palette), (letter) => letter.charCodeAt(0));
const INK = new Uint32Array(512); // as ImageData's little-endian ABGR
for (let i = 0; i < 512; i++) INK[i] = 0xff000000 | (bytes[3 * i + 2] << 16) | (bytes[3 * i + 1] << 8) | bytes[3 * i];

// The value of the brightest colour: zero is dark on every scale, so that the same colour side means the same sign.
function reach([low, high]) {
  return Math.max(Math.abs(low), Math.abs(high)) || 1;
}

function ink(value, most) {
  const step = Math.min(255, Math.round((Math.abs(value) / most) * 255));
  return INK[value < 0 ? 256 + step : step];
}

// 256 colours for the bytes of a map whose byte 0 stands for `low` and 255 for `high`.
function inks(low, high, most) {
  const table = new Uint32Array(256);
  for (let q = 0; q < 256; q++) table[q] = ink(low + (q / 255) * (high - low), most);
  return table;
}

function paintRamp(canvas, isSigned) {
  const image = new ImageData(511, 1),
    pixels = new Uint32Array(image.data.buffer);
  for (let i = 0; i < 511; i++) pixels[i] = isSigned ? ink(i - 255, 255) : INK[i >> 1];
  canvas.getContext("2d").putImageData(image, 0, 0);
}

// Three digits at most, with a true minus.
function short(value) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(1).replaceAll("-", "−");
  return (size >= 100 ? value.toFixed(0) : String(Number(value.toPrecision(3)))).replace("-", "−");
}
