// Files made in the page: the grid as PNG with what it shows written above it, and the server's NumPy archive.
function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function savePng(title, subtitle, name) {
  const ratio = window.devicePixelRatio || 1,
    head = 56 * ratio,
    edge = 12 * ratio;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [gridCanvas.width + 2 * edge, gridCanvas.height + head + edge];
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.fillStyle = "#0f172a";
  pen.font = `600 ${15 * ratio}px system-ui, sans-serif`;
  pen.fillText(title, edge, 24 * ratio);
  pen.fillStyle = "#475569";
  pen.font = `${12 * ratio}px system-ui, sans-serif`;
  pen.fillText(subtitle, edge, 44 * ratio);
  pen.drawImage(gridCanvas, edge, head);
  canvas.toBlob((blob) => save(blob, `${name}.png`), "image/png");
}

async function saveNpz(network, layer, pixels, name) {
  const { npz } = await ask("archive", { network: network.id, layer: layer.id, pixels });
  save(new Blob([unbase64(npz)], { type: "application/octet-stream" }), `${name}.npz`);
}
