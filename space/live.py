"""Answers that a screen reader says when they come."""

import gradio as gr

# the attributes sit on the component, which stays while its content is replaced
IS_LIVE = 'element.setAttribute("role", "status"); element.setAttribute("aria-atomic", "true");'


def live_html(value: str = "", elem_id: str = "") -> gr.HTML:
    """The component."""
    return gr.HTML(value, js_on_load=IS_LIVE, elem_id=elem_id)
