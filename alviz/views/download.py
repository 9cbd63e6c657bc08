"""Hands a file to the person at the page: the kernel may be on another machine."""

from __future__ import annotations

import anywidget

_SCRIPT = """
function render({ model, el }) {
  el.style.display = "none";
  const save = ({ name, type }, [content]) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([content], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  model.on("msg:custom", save);
  return () => model.off("msg:custom", save);
}
export default { render };
"""


class Download(anywidget.AnyWidget):
    """An invisible widget through which files go to the browser's downloads."""

    _esm = _SCRIPT

    def offer(self, name: str, content: bytes, type: str) -> None:
        """Have the browser save `content` under a name; `type` is its media type."""
        self.send({"name": name, "type": type}, [content])
