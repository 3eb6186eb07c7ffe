// A square field of 280 logical pixels, white ink on black as in MNIST. `props.value` is its PNG address, "" when empty.
const SIZE = 280,
  PEN = 22,
  SEND_EVERY_MS = 90;
const canvas = element.querySelector("canvas");
const ink = canvas.getContext("2d");
const hint = element.querySelector(".hint");
let last = null,
  isEmpty = true,
  sendTimer = null,
  lastSent = 0;

function blank() {
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, SIZE, SIZE);
  isEmpty = true;
  hint.hidden = false;
}

function line(from, to) {
  ink.strokeStyle = "#fff";
  ink.lineWidth = PEN;
  ink.lineCap = ink.lineJoin = "round";
  ink.beginPath();
  ink.moveTo(from[0], from[1]);
  ink.lineTo(to[0], to[1]);
  ink.stroke();
  isEmpty = false;
  hint.hidden = true;
}

function send() {
  sendTimer = null;
  lastSent = Date.now();
  props.value = isEmpty ? "" : canvas.toDataURL("image/png");
  trigger("input");
}

function sendSoon() {
  if (sendTimer === null) sendTimer = setTimeout(send, Math.max(0, SEND_EVERY_MS - (Date.now() - lastSent)));
}

function place(event) {
  const box = canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * SIZE, ((event.clientY - box.top) / box.height) * SIZE];
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  event.preventDefault();
  canvas.setPointerCapture(event.pointerId);
  last = place(event);
  line(last, last);
  sendSoon();
});
canvas.addEventListener("pointermove", (event) => {
  if (last === null) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  for (const move of moves.length ? moves : [event]) {
    const next = place(move);
    line(last, next);
    last = next;
  }
  sendSoon();
});
for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, () => {
    if (last !== null) sendSoon();
    last = null;
  });
}

element.querySelector(".clear").addEventListener("click", () => {
  blank();
  send();
});
for (const button of element.querySelectorAll(".example")) {
  button.addEventListener("click", () => {
    blank();
    for (const stroke of JSON.parse(button.dataset.strokes)) {
      for (const [index, point] of stroke.slice(1).entries()) line(stroke[index], point);
    }
    send();
  });
}
blank();
