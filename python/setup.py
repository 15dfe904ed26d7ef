"""The package carries the public headers: it reads its declarations from them (see ramify/_headers.py)."""

import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = pathlib.Path(__file__).resolve().parent


class WithHeaders(build_py):
    def run(self):
        super().run()
        to = pathlib.Path(self.build_lib) / "ramify" / "include"
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(HERE.parent / "include" / "ramify", to)


setup(cmdclass={"build_py": WithHeaders})
