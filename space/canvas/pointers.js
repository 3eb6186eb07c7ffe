// One pointer draws at a time. While it rests, a second one takes over: a palm that lies on the screen leaves no mark.
const RESTS_PX = 12;
let pointer = null,
  line = null;

function place(event) {
  const box = canvas.getBoundingClientRect();
  const inside = (share) => Math.round(Math.min(1, Math.max(0, share)) * FIELD_PX * 10) / 10;
  return [inside((event.clientX - box.left) / box.width), inside((event.clientY - box.top) / box.height)];
}

function rests() {
  return line.every(([x, y]) => Math.hypot(x - line[0][0], y - line[0][1]) < RESTS_PX);
}

canvas.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || (pointer !== null && !rests())) return;
  event.preventDefault();
  if (pointer === null) remember();
  else strokes.pop();
  pointer = event.pointerId;
  canvas.setPointerCapture(pointer);
  line = [place(event)];
  show([...strokes, line]);
});

canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pointer) return;
  const moves = event.getCoalescedEvents?.() ?? [];
  for (const move of moves.length ? moves : [event]) extend(line, place(move));
  sendSoon();
});

canvas.addEventListener("pointerup", (event) => {
  if (event.pointerId === pointer) pointer = null;
});

// the system took the touch for a palm or a gesture
canvas.addEventListener("pointercancel", (event) => {
  if (event.pointerId !== pointer) return;
  pointer = null;
  show(before.pop());
});
