"""A real JupyterLab server, and a line to its kernels that no page takes part in."""

import ast
import json
import os
import re
import secrets
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from jupyter_client.blocking.client import BlockingKernelClient

SETTINGS = {  # no toast covers a test, and nothing asks the network for news, updates or extensions
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "extensionmanager-extension/plugin": {"enabled": False},
    "notebook-extension/tracker": {"autoStartDefaultKernel": True},  # no dialog asks which
}
OPTIONS = [
    "--no-browser",
    "--allow-root",
    "--ServerApp.ip=127.0.0.1",
    "--ServerApp.port=0",
    "--ServerApp.terminals_enabled=False",
    "--LabApp.expose_app_in_browser=True",
    "--LabApp.extension_manager=readonly",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
]

AS_JSON = "__import__('json').dumps({}, default=lambda v: v.tolist() if hasattr(v, 'tolist') else repr(v))"


def plain(text: str) -> str:
    """Return ``text`` without the color codes of terminals."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


class CellError(AssertionError):
    """Code that ran in a notebook's kernel raised; the message is its traceback."""

    def __init__(self, traceback: list[str]) -> None:
        super().__init__(plain("\n".join(traceback)))


class LabServer:
    """One ``jupyter lab`` on 127.0.0.1 that knows nothing of its user's own Jupyter folders."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "notebooks"
        self.runtime = home / "runtime"
        self.settings = home / "settings"
        self.folder.mkdir(parents=True)
        self.token = secrets.token_hex(16)
        self._log = home / "lab.log"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
        for variable, folder in {
            "JUPYTER_CONFIG_DIR": home / "config",
            "JUPYTER_DATA_DIR": home / "data",
            "JUPYTER_RUNTIME_DIR": self.runtime,
            "JUPYTERLAB_SETTINGS_DIR": self.settings,
            "JUPYTERLAB_WORKSPACES_DIR": home / "workspaces",
            "IPYTHONDIR": home / "ipython",
        }.items():
            folder.mkdir(parents=True)
            environment[variable] = str(folder)
        for plugin, values in SETTINGS.items():
            self.set(plugin, values)
        command = [sys.executable, "-m", "jupyterlab", *OPTIONS]
        command += [f"--IdentityProvider.token={self.token}", f"--ServerApp.root_dir={self.folder}"]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, env=environment, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.url = self._wait_until_up(timeout=60)

    def set(self, plugin: str, values: dict[str, Any]) -> None:
        """Write the user settings of one JupyterLab plugin; pages opened from now on follow them."""
        path = self.settings / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(values))

    def request(self, method: str, path: str) -> None:
        """Send one request to the server's REST API."""
        headers = {"Authorization": f"token {self.token}"}
        request = urllib.request.Request(f"{self.url}{path}", method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=20):
            pass

    def log(self, characters: int = 6000) -> str:
        """Return the end of what the server and its kernels printed."""
        return self._log.read_text(errors="replace")[-characters:]

    def stop(self) -> None:
        """End the server, which ends its kernels, and wait until it is gone."""
        self._process.terminate()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_up(self, timeout: float) -> str:
        deadline = time.monotonic() + timeout
        card = self.runtime / f"jpserver-{self._process.pid}.json"
        while time.monotonic() < deadline and self._process.poll() is None:
            try:
                self.url = f"http://127.0.0.1:{json.loads(card.read_text())['port']}"
                self.request("GET", "/api/status")
            except (OSError, json.JSONDecodeError):
                time.sleep(0.1)  # no card yet, a half-written one, or nobody at its door
            else:
                return self.url
        self.stop()
        raise RuntimeError(f"jupyter lab did not start within {timeout:.0f} s:\n{self.log()}")


class Kernel:
    """A second client of a notebook's kernel: it asks for values while the page plays the user."""

    def __init__(self, connection_file: Path) -> None:
        self._client = BlockingKernelClient(connection_file=str(connection_file))
        self._client.load_connection_file()
        self._client.start_channels(shell=True, iopub=False, stdin=False, hb=False, control=False)

    def run(self, code: str, timeout: float = 60) -> Any:
        """Run Python and return the value of its last expression (None without one).

        Arrays come as lists, tuples too; what JSON does not know comes as its repr.
        """
        body = ast.parse(code).body
        expressions = {}
        if body and isinstance(body[-1], ast.Expr):
            last = body.pop()
            value = ast.unparse(ast.Expression(last.value))
            expressions = {"value": AS_JSON.format(value)}
        code = ast.unparse(ast.Module(body, type_ignores=[]))
        reply = self._client.execute(
            code, silent=True, user_expressions=expressions, allow_stdin=False, reply=True, timeout=timeout
        )["content"]
        result = reply.get("user_expressions", {}).get("value", reply)
        if result["status"] != "ok":
            raise CellError(result["traceback"])
        return json.loads(ast.literal_eval(result["data"]["text/plain"])) if expressions else None

    def close(self) -> None:
        self._client.stop_channels()
