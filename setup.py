"""Puts the files of configs/, which lie beside the package in a clone, into what is installed.

All else stands in setup.cfg.
"""

import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigs(build_py):
    def run(self):
        super().run()
        if not self.editable_mode:  # which leaves all files where they are
            folder = pathlib.Path(self.build_lib, "imgforensics", "configs")
            folder.mkdir(parents=True, exist_ok=True)
            for file in sorted(pathlib.Path("configs").glob("*.py")):
                shutil.copy(file, folder)


setup(cmdclass={"build_py": BuildWithConfigs})
