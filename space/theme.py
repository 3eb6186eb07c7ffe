"""The look: system fonts, one accent colour, quiet surfaces; light and dark through Gradio's variables."""

import gradio as gr

THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.teal,
    secondary_hue=gr.themes.colors.teal,
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
).set(  # 4.5 : 1 or more on every surface
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_400",
    link_text_color="*primary_700",
    link_text_color_hover="*primary_800",
    link_text_color_visited="*primary_700",
    link_text_color_dark="*primary_300",
    link_text_color_hover_dark="*primary_200",
    link_text_color_visited_dark="*primary_300",
)

# in the page's head: Gradio adds its own style sheets, and CSS, when it has already drawn
FRAME = """
.gradio-container { max-width: 1080px !important; margin: 0 auto !important;
  width: 100% !important; min-width: 0 !important; /* else all tab titles in a row would widen a phone's page */
  overflow: clip !important; /* hidden, as Gradio has it, would stop sticky elements from sticking */ }
.gradio-container .wrap:has(> main) { min-height: 100vh; } /* the footer does not wander while the page fills */
.gradio-container .translucent { pointer-events: none; } /* "Loading" lies over a field that can be drawn on already */
main > .column > .tabs:not(#introduction ~ *) { visibility: hidden; } /* the parts of a page come in any order */
"""

CSS = """
.tab-container.tab-container.wrap { flex-wrap: nowrap; overflow-x: auto; scrollbar-width: none; }
.tab-container.wrap > button { flex: none; }
.tab-container.tab-container > button.selected { color: var(--primary-700); }
.dark .tab-container.tab-container > button.selected { color: var(--primary-300); }
#introduction h1 { font-size: 2rem; font-weight: 700; letter-spacing: -0.02em; margin: 0; }
#introduction p { color: var(--body-text-color-subdued); margin: 0; }
#introduction a { display: inline; padding: 0; color: var(--link-text-color); text-decoration: underline; }
.fovea-lead p { margin: 0; font-size: 1.05rem; }
#untrusted p { margin: 0; padding: 0.6rem 0.9rem; border-left: 4px solid #b45309; border-radius: var(--radius-md);
  background: var(--block-background-fill); color: var(--body-text-color); }

.fovea-answer { display: flex; align-items: baseline; gap: 0.75rem; min-height: 5.5rem; }
.fovea-answer .class { font-size: 4.5rem; font-weight: 700; line-height: 1; color: var(--primary-700); }
.dark .fovea-answer .class { color: var(--primary-400); }
.fovea-answer.words { flex-wrap: wrap; }
.fovea-answer.words .class { font-size: 2.6rem; }
.fovea-answer.unlike .class { font-size: 1.5rem; line-height: 1.2; color: var(--body-text-color); }
.fovea-answer.words { margin-bottom: 0.6rem; }
.fovea-answer.unsure .class { color: var(--body-text-color); }
.fovea-answer .note { color: var(--body-text-color-subdued); }
.fovea-answer.refused { align-items: center; }
.fovea-answer.refused .note { color: var(--body-text-color); border-left: 4px solid #d97706; padding: 0.4rem 0.8rem;
  min-width: 0; overflow-wrap: anywhere; }

.fovea-bars { display: grid; grid-template-columns: max-content 1fr 3.6rem; gap: 0.3rem 0.6rem; align-items: center; }
.fovea-bars .track { background: var(--background-fill-secondary); border-radius: 4px; height: 1rem; overflow: hidden; }
.fovea-bars .fill { background: var(--neutral-400); height: 100%; transition: width 120ms ease-out; }
.fovea-bars .best .fill, .fovea-bars .fill.best { background: var(--primary-500); }
.fovea-bars .share { font-variant-numeric: tabular-nums; text-align: right; font-size: 0.85rem; }
.fovea-bars .name { font-weight: 600; }

.fovea-seen { display: flex; align-items: center; gap: 1rem; margin-top: 1rem; }
.fovea-seen img, .fovea-seen .blank { width: 112px; height: 112px; border-radius: 6px; background: #000; }
.fovea-seen.large { flex-wrap: wrap; }
.fovea-seen.large img, .fovea-seen.large .blank { width: 256px; height: 256px; }
.fovea-seen.large .blank { background: var(--background-fill-secondary); }
.fovea-seen p { color: var(--body-text-color-subdued); font-size: 0.85rem; margin: 0; }

#digits-steps h3 { margin: 1rem 0 0.5rem; font-size: 0.95rem; }
.fovea-steps { display: grid; grid-template-columns: repeat(3, 1fr); gap: 0.4rem 0.9rem; max-width: 420px; margin: 0;
  padding: 0; list-style: none; }
.fovea-steps p { margin: 0.3rem 0 0; font-size: 0.85rem; line-height: 1.35; color: var(--body-text-color-subdued); }
.fovea-steps b { color: var(--body-text-color); }
.fovea-steps .step { position: relative; aspect-ratio: 1; border-radius: 6px; background: #000; overflow: hidden; }
.fovea-steps img { position: absolute; inset: 0; width: 100%; height: 100%; margin: 0; image-rendering: pixelated; }
.fovea-steps .step i { position: absolute; border: 0 dashed #5eead4; }
.fovea-steps .step .ink { border-width: 1.5px; }
.fovea-steps .step .across { top: 50%; left: 0; right: 0; border-top-width: 1px; }
.fovea-steps .step .down { left: 50%; top: 0; bottom: 0; border-left-width: 1px; }

.fovea-layer { padding: 0.7rem 0; border-top: 1px solid var(--border-color-primary); }
.fovea-layer header { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; margin-bottom: 0.4rem; }
.fovea-layer p { margin: 0 0 0.5rem; font-size: 0.9rem; }
.fovea-layer header b { min-width: 8.5rem; }
.fovea-layer header span { color: var(--body-text-color-subdued); font-size: 0.8rem; }
.fovea-maps { display: flex; flex-wrap: wrap; gap: 6px; }
.fovea-maps img { border-radius: 4px; }
.fovea-maps img, .fovea-seen img, .fovea-strip { image-rendering: pixelated; }
.fovea-strip { display: block; width: 100%; height: 26px; border-radius: 4px; }
.fovea-maps :is(span.fovea-strip, .tile) { border-radius: 4px; background: var(--background-fill-secondary); }

.fovea-finding.block { margin-top: 1.6rem; padding-top: 1.8rem; border-radius: 0;
  border-top: 1px solid var(--border-color-primary); }
.fovea-finding.block.leading { margin-top: 0; padding-top: 0.4rem; border-top-width: 0; }
.fovea-finding p { margin: 0 0 0.2rem; font-size: 0.8rem; font-weight: 600; letter-spacing: 0.04em;
  text-transform: uppercase; color: var(--primary-700) !important; }
.dark .fovea-finding p { color: var(--primary-400) !important; }
.fovea-finding h3 { margin: 0; font-size: 1.3rem; line-height: 1.35; letter-spacing: -0.01em; }
.fovea-caption h4 { margin: 0; font-size: 0.95rem; line-height: 1.4; }
.fovea-reading p { color: var(--neutral-500); font-size: 0.85rem; }
.dark .fovea-reading p { color: var(--neutral-400); }
:is(.fovea-table, .fovea-figure, .fovea-finding, .fovea-caption) .html-container { padding: 0 !important; }
.fovea-table { contain: inline-size; /* a wide table scrolls inside itself, it does not widen the page */ }
.fovea-figure svg { display: block; width: 100%; max-width: 34rem; height: auto;
  color: var(--body-text-color-subdued); }
.fovea-figure .said { display: none; margin: 0; min-height: 5.6em; font-size: 0.85rem; line-height: 1.4;
  white-space: pre-line; color: var(--body-text-color); }
@media (hover: none) { .fovea-figure .said { display: block; } }

#objects-verdict .fovea-answer { min-height: 3.2rem; }
.fovea-network h3 { margin: 1.2rem 0 0; font-size: 1.2rem; }
.fovea-network h3 + p { margin: 0; color: var(--body-text-color-subdued); font-size: 0.85rem; }

.fovea-examples p { margin: 0 0 0.3rem; font-size: 0.85rem; font-weight: 600; }
.fovea-examples ul { display: grid; grid-template-columns: repeat(auto-fill, minmax(84px, 1fr)); gap: 8px; margin: 0;
  padding: 0; list-style: none; }
.fovea-examples button { display: flex; flex-direction: column; width: 100%; height: 100%; padding: 0;
  border: 1px solid var(--border-color-primary); border-radius: 8px;
  overflow: hidden; background: var(--background-fill-primary); cursor: pointer; }
.fovea-examples button:hover { border-color: var(--primary-500); }
.fovea-examples button:focus-visible { outline: 2px solid var(--primary-500); outline-offset: 1px; }
.fovea-examples img { display: block; width: 100%; aspect-ratio: 4 / 3; object-fit: cover; margin: 0; }
.fovea-examples span { margin: auto; padding: 4px 2px; font-size: 0.75rem; line-height: 1.2; }
@media (max-width: 700px) { /* one column: examples to swipe, the picture, and right under it the answer */
  .fovea-columns > .column { display: contents; }
  .fovea-columns > .column > * { flex: 1 1 100%; min-width: 0; }
  .fovea-columns .fovea-share, .fovea-columns .fovea-examples ~ .fovea-examples { order: 1; }
  .fovea-columns .fovea-examples { order: -1; }
  .fovea-columns .fovea-examples ul { display: flex; overflow-x: auto; padding: 2px; }
  .fovea-columns .fovea-examples li { flex: 0 0 84px; }
  #chest-ask > .column { display: contents; }
  #chest-ask > .column > * { flex: 1 1 100%; min-width: 0; }
  #chest-examples { order: -1; }
}

/* Room for what comes late, so that nothing moves: parts of the page are loaded in any order. */
[id$="-photo-room"] { min-height: 340px; }
#chest-film-room { min-height: 152px; }
[id^="model-"][id$="-answer"] { min-height: 14.7rem; }
#feature-maps-viewer { min-height: 100vh; }
:is(#tab-digits, #tab-flowers, #tab-objects, #tab-feature-maps, #tab-chest-x-ray) > .column
  > :not(.fovea-lead, #chest-warning, .row, .row ~ *) { visibility: hidden; }
#tab-compare > .column > .fovea-finding:not(.leading, .row ~ *) { visibility: hidden; }

.fovea-credits { color: var(--body-text-color-subdued); font-size: 0.75rem; margin: 0; }

.fovea-warning { border: 1px solid #d97706; border-left-width: 5px; border-radius: 8px; padding: 0.6rem 0.9rem;
  margin: 0; font-size: 0.95rem; background: var(--background-fill-primary); }
.gradio-container:has([role="tabpanel"][style*="flex"] #chest-look) { /* a film takes the width of the screen */
  max-width: clamp(1080px, (100vw - 1320px) * 999, min(94vw, 1680px)) !important; }
.gradio-container:has([role="tabpanel"][style*="flex"] #chest-look) #introduction { width: 100%; max-width: 1016px;
  margin-inline: auto; } /* where it is on other tabs */
.gradio-container:has([role="tabpanel"][style*="flex"] #chest-look) .tab-wrapper { width: 100%; max-width: 1016px;
  margin-inline: auto; }
@media (min-width: 1000px) {
  #chest-ask { flex-wrap: nowrap; }
  #chest-ask > :first-child { flex: 0 0 380px !important; }
}
#chest-answer .fovea-answer { min-height: 3.2rem; margin-bottom: 0.2rem; }
#chest-answer .fovea-bars { margin-top: 0.6rem; }
#chest-answer .fovea-worth { margin: 0 0 0.8rem; font-size: 0.95rem; }
#chest-film .download { display: none; } /* its link would ask for a file that was deleted once it was read */
#chest-warning { position: sticky; top: 0; z-index: 5; padding: 0.3rem 0; background: var(--body-background-fill); }
.fovea-meaning { color: var(--body-text-color-subdued); font-size: 0.9rem; margin: 0.8rem 0 0; }

.fovea-card { font-size: 0.9rem; overflow-x: auto; }
.fovea-card table { font-size: 0.85rem; }
.fovea-about table { width: 100%; font-size: 0.9rem; }
.fovea-about td { padding: 0.25rem 0.5rem; vertical-align: top; overflow-wrap: anywhere; }
.fovea-about td:first-child { color: var(--body-text-color-subdued); white-space: nowrap; }

@media (prefers-reduced-motion: reduce) {
  *, ::before, ::after { transition: none !important; animation-duration: 1ms !important;
    scroll-behavior: auto !important; }
}
@media (forced-colors: active) {
  .fovea-bars .track { border: 1px solid; }
  .fovea-bars .fill { background: Highlight; forced-color-adjust: none; }
}
"""
