"""What pyproject.toml cannot say: recorded runs stand once in a checkout, and go into the package when it is built."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

_RECORDED = Path(__file__).resolve().parent / "data"


class BuildWithRecordedRuns(build_py):
    """Copies data/*.zip to where `alviz.recorded` looks for them in an installed package."""

    def run(self) -> None:
        """Build."""
        super().run()
        if self.editable_mode:
            return  # a checkout finds its own
        for file in sorted(_RECORDED.glob("*.zip")):
            target = Path(self.build_lib) / "alviz" / "recorded" / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


setup(cmdclass={"build_py": BuildWithRecordedRuns})
