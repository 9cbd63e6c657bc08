"""Views: what people see and click in JupyterLab."""

from alviz.views.explorer import Explorer

__all__ = ["Explorer"]
