// The view as a link: network, layer, scale, sort, map, the place and the channel of a kernel that slides, what the map
// is compared with, and the example's name; never an upload.
const KEYS = ["network", "layer", "scale", "sort", "show", "map", "cell", "channel", "beside", "image"];
const TAB = "feature-maps";

// What the page's own address asks for; {} where it is no link to this tab.
function linked() {
  const query = new URLSearchParams(window.location.search);
  if (query.get("tab") !== TAB) return {};
  return Object.fromEntries(KEYS.filter((key) => query.has(key)).map((key) => [key, query.get(key)]));
}

function linkTo(view) {
  const link = new URL(window.location.origin + window.location.pathname);
  link.searchParams.set("tab", TAB);
  for (const key of KEYS) if (view[key] !== null && view[key] !== undefined) link.searchParams.set(key, view[key]);
  return link.href;
}
