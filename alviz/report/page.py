"""The text of the page: style, data and script in one file that asks for nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from string import Template
from typing import Any

from alviz import web

ROOM = 3_000_000
"""Bytes of a page beside its points."""

PER_POINT = 12
"""Bytes of a page for each point of the base sample and each fit, with one map method."""

PER_LAYOUT = 6
"""Bytes that every further map method adds to that."""

_PAGE = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: blob:; \
style-src 'unsafe-inline'; script-src 'sha256-$digest'; base-uri 'none'; form-action 'none'">
<meta name="generator" content="alviz $version">
<title>$title</title>
<style>
$style
</style>
</head>
<body class="alviz-report">
<noscript>This page draws itself with JavaScript, which is turned off here. It needs no network.</noscript>
<script type="application/json" id="alviz-report-data">$data</script>
<script type="module">$script</script>
</body>
</html>
""")


def page(title: str, data: dict[str, Any], version: str) -> str:
    """Return the page of `data`."""
    script = f"\n{web.module('report.js')}\n"
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    style = "\n".join([web.style(), _own_style()])
    return _PAGE.substitute(
        title=escape(title), version=escape(version), digest=digest, style=style, data=embedded(data), script=script
    )


def embedded(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the element it stands in, whatever names and notes say."""
    written = json.dumps(data, allow_nan=False, separators=(",", ":"))
    for sign in "<>&":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return written


def room_left(points: int, fits: int, methods: int, used: int) -> int:
    """Return how many bytes are left for thumbnails in a page that has `used` in its columns and words."""
    per_point = PER_POINT + PER_LAYOUT * max(methods - 1, 0)
    frame = len(web.module("report.js")) + len(web.style()) + len(_own_style())
    return ROOM + per_point * points * fits - used - frame


def _own_style() -> str:
    return (Path(web.__file__).parent / "report.css").read_text(encoding="utf-8")
