// The address names the open tab: the one that a link asks for is open before anything is drawn, a change of tabs goes
// into the address, and Back returns to the tab before.
(() => {
  const { components } = window.gradio_config;
  const labels = new Map(
    components.filter(({ type }) => type === "tabitem").map(({ props }) => [props.id, props.label]),
  );
  const ownTitle = document.title; // Gradio replaces it
  const asked = () => new URLSearchParams(window.location.search).get("tab");
  const open = () => (labels.has(asked()) ? asked() : [...labels.keys()][0]);
  components.find(({ type }) => type === "tabs").props.selected = open();

  window.tabIsOpen = (link) => {
    if (link !== open()) {
      const address = new URL(window.location.href);
      for (const name of [...address.searchParams.keys()]) {
        if (!name.startsWith("__")) address.searchParams.delete(name); // Gradio's and the Hub's own stay
      }
      address.searchParams.set("tab", link);
      window.history.pushState(null, "", address);
    }
    document.title = asked() === link ? `${labels.get(link)} · Fovea` : ownTitle;
  };
  // Figures grow while they are drawn, so what a link asks for is kept in sight until the reader moves.
  window.keepInSight = (element) => {
    const sizes = new ResizeObserver(() => element.scrollIntoView());
    sizes.observe(document.body);
    for (const kind of ["wheel", "touchstart", "pointerdown", "keydown"]) {
      window.addEventListener(kind, () => sizes.disconnect(), { once: true });
    }
  };
  window.addEventListener("popstate", () => document.getElementById(`tab-${open()}-button`)?.click());
})();
