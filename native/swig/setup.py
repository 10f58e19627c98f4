# Run by the interpreter the modules are compiled for (Python 2.7 upward), in a folder that also holds the generated
# wrapper: python setup.py build_ext --build-lib DIRECTORY
from setuptools import Extension, setup

setup(
    name="runoff-kernels",
    version="1",
    py_modules=["runoff_kernels"],
    ext_modules=[
        Extension("_runoff_kernels", ["kernels.c", "runoff_kernels_wrap.c"]),
        Extension("runoff_byhand", ["kernels.c", "byhand.c"]),
    ],
)
