"""What the page itself has to do: follow the theme, carry the style sheet, keep figures at their size."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets as t

from alviz.views.controller import Controller

_SCRIPT = """
function render({ model, el }) {
  el.style.display = "none";
  const theme = () => {
    const light = document.body.dataset.jpThemeLight !== "false";
    model.set("theme", light ? "light" : "dark");
    model.save_changes();
  };
  theme();
  const themes = new MutationObserver(theme);
  themes.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });

  // plotly's figures ask for their room only when the window changes, not when their panel does.
  let waiting = 0;
  const resize = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => window.dispatchEvent(new Event("resize")));
  };
  const sizes = new ResizeObserver(resize);
  const watch = event => sizes.observe(event.detail.element);
  document.addEventListener("plotlywidget-after-render", watch);
  return () => {
    themes.disconnect();
    sizes.disconnect();
    document.removeEventListener("plotlywidget-after-render", watch);
  };
}
export default { render };
"""


class PageLink(anywidget.AnyWidget):
    """An invisible widget that tells the theme; WebGL drawings know no CSS."""

    _esm = _SCRIPT
    _css = (Path(__file__).parent / "explorer.css").read_text(encoding="utf-8")

    @classmethod
    def following(cls, controller: Controller) -> PageLink:
        """Return one that tells a controller the page's theme."""
        page = cls()
        page.observe(lambda change: controller.set_theme(change.new), "theme")
        return page

    theme = t.Enum(("light", "dark"), "light").tag(sync=True)
