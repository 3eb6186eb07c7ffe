"""The look: system fonts, one accent colour, quiet surfaces; light and dark through Gradio's variables."""

import gradio as gr

THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.teal,
    secondary_hue=gr.themes.colors.teal,
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    font=["system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif"],
    font_mono=["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"],
)

CSS = """
.gradio-container { max-width: 1080px !important; margin: 0 auto !important;
  overflow: clip !important; /* hidden, as Gradio has it, would stop sticky elements from sticking */ }
#introduction h1 { font-size: 2rem; letter-spacing: -0.02em; margin-bottom: 0; }
#introduction p { color: var(--body-text-color-subdued); }

.fovea-answer { display: flex; align-items: baseline; gap: 0.75rem; min-height: 5.5rem; }
.fovea-answer .class { font-size: 4.5rem; font-weight: 700; line-height: 1; color: var(--primary-600); }
.dark .fovea-answer .class { color: var(--primary-400); }
.fovea-answer.words { flex-wrap: wrap; }
.fovea-answer.words .class { font-size: 2.6rem; }
.fovea-answer.unlike .class { font-size: 1.5rem; line-height: 1.2; color: var(--body-text-color); }
.fovea-answer.words { margin-bottom: 0.6rem; }
.fovea-answer.unsure .class { color: var(--body-text-color); }
.fovea-answer .note { color: var(--body-text-color-subdued); }

.fovea-bars { display: grid; grid-template-columns: max-content 1fr 3.6rem; gap: 0.3rem 0.6rem; align-items: center; }
.fovea-bars .track { background: var(--background-fill-secondary); border-radius: 4px; height: 1rem; overflow: hidden; }
.fovea-bars .fill { background: var(--neutral-400); height: 100%; transition: width 120ms ease-out; }
.fovea-bars .best .fill, .fovea-bars .fill.best { background: var(--primary-500); }
.fovea-bars .share { font-variant-numeric: tabular-nums; text-align: right; font-size: 0.85rem; }
.fovea-bars .name { font-weight: 600; }

.fovea-seen { display: flex; align-items: center; gap: 1rem; margin-top: 1rem; }
.fovea-seen img, .fovea-seen .blank { width: 112px; height: 112px; border-radius: 6px; background: #000; }
.fovea-seen p { color: var(--body-text-color-subdued); font-size: 0.85rem; margin: 0; }

.fovea-layer { padding: 0.7rem 0; border-top: 1px solid var(--border-color-primary); }
.fovea-layer header { display: flex; flex-wrap: wrap; gap: 0 0.8rem; align-items: baseline; margin-bottom: 0.4rem; }
.fovea-layer header b { min-width: 8.5rem; }
.fovea-layer header span { color: var(--body-text-color-subdued); font-size: 0.8rem; }
.fovea-maps { display: flex; flex-wrap: wrap; gap: 6px; }
.fovea-maps img { border-radius: 4px; }
.fovea-maps img, .fovea-seen img, .fovea-strip { image-rendering: pixelated; }
.fovea-strip { width: 100%; height: 26px; border-radius: 4px; }

.fovea-credits { color: var(--body-text-color-subdued); font-size: 0.75rem; margin: 0; }

.fovea-warning { border: 1px solid #d97706; border-left-width: 5px; border-radius: 8px; padding: 0.6rem 0.9rem;
  margin: 0; font-size: 0.95rem; background: var(--background-fill-primary); }
#chest-warning { position: sticky; top: 0; z-index: 5; padding: 0.3rem 0; background: var(--body-background-fill); }
.fovea-meaning { color: var(--body-text-color-subdued); font-size: 0.9rem; margin: 0.8rem 0 0; }

.fovea-card { font-size: 0.9rem; overflow-x: auto; }
.fovea-card table { font-size: 0.85rem; }
.fovea-about table { width: 100%; font-size: 0.9rem; }
.fovea-about td { padding: 0.25rem 0.5rem; vertical-align: top; overflow-wrap: anywhere; }
.fovea-about td:first-child { color: var(--body-text-color-subdued); white-space: nowrap; }
"""
