// The drawing as strokes of points in 0..FIELD_PX, and the drawings that undo goes back to.
const FIELD_PX = props.field_px,
  APART_PX = 2,
  SEND_EVERY_MS = 90;
const canvas = element.querySelector("canvas");
const ink = canvas.getContext("2d");
let strokes = [],
  before = [],
  sendTimer = null,
  lastSent = 0;

function remember() {
  before.push([...strokes]);
}

function paint(points) {
  ink.beginPath();
  ink.moveTo(...points[0]);
  for (const point of points) ink.lineTo(...point);
  ink.stroke();
  ink.beginPath(); // a tap's dot: a line of no length is drawn by some browsers only
  ink.arc(...points[0], props.pen_px / 2, 0, 2 * Math.PI);
  ink.fill();
}

function redraw() {
  ink.setTransform(canvas.width / FIELD_PX, 0, 0, canvas.height / FIELD_PX, 0, 0);
  ink.fillStyle = "#000";
  ink.fillRect(0, 0, FIELD_PX, FIELD_PX);
  ink.fillStyle = ink.strokeStyle = "#fff";
  ink.lineWidth = props.pen_px;
  ink.lineCap = ink.lineJoin = "round";
  for (const stroke of strokes) paint(stroke);
  element.querySelector(".hint").hidden = strokes.length > 0;
  element.querySelector(".undo").disabled = before.length === 0;
}

// Adds a point where it is far enough from the last one to be seen.
function extend(stroke, point) {
  const last = stroke.at(-1);
  if (Math.hypot(point[0] - last[0], point[1] - last[1]) < APART_PX) return;
  stroke.push(point);
  paint(stroke.slice(-2));
}

function send() {
  sendTimer = null;
  lastSent = Date.now();
  props.value = strokes.length ? JSON.stringify(strokes) : "";
  trigger("input");
}

function sendSoon() {
  if (sendTimer === null) sendTimer = setTimeout(send, Math.max(0, SEND_EVERY_MS - (Date.now() - lastSent)));
}

// Puts another drawing in place of this one.
function show(drawing) {
  strokes = drawing;
  redraw();
  sendSoon();
}
