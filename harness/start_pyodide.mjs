// Run by Node, as a Python would be: node start_pyodide.mjs PYODIDE.mjs SCRIPT.py|-m MODULE|-c CODE ARGUMENTS
// Give Pyodide (CPython compiled to WebAssembly) a command line and the machine's files.
import fs from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";

// Folders that Pyodide has of its own and needs.
const ITS_OWN = ["dev", "lib", "proc", "sys"];

// Ends with the exit code: an exception would end Node itself, with the whole of Pyodide's source in the log.
const MAIN = `
import os, runpy, sys, traceback
code = 0
try:
    if sys.argv[0] == "-m":
        del sys.argv[0]
        sys.path.insert(0, os.getcwd())
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    elif sys.argv[0] == "-c":
        exec(sys.argv.pop(1), {"__name__": "__main__"})
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(sys.argv[0])))
        runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit as ended:
    code = ended.code if isinstance(ended.code, int) else int(bool(ended.code))
except BaseException:
    traceback.print_exc()
    code = 1
code
`;

function mountAll(FS) {
  for (const entry of fs.readdirSync("/", { withFileTypes: true })) {
    if (!entry.isDirectory() || ITS_OWN.includes(entry.name)) continue;
    const folder = `/${entry.name}`;
    if (!FS.analyzePath(folder).exists) FS.mkdir(folder);
    FS.mount(FS.filesystems.NODEFS, { root: folder }, folder);
  }
  FS.chdir(process.cwd());
}

async function run(where, words) {
  const { loadPyodide } = await import(pathToFileURL(where));
  const python = await loadPyodide({ env: { ...process.env, HOME: "/" }, fsInit: mountAll });
  python.pyimport("sys").argv = python.toPy(words);
  process.exitCode = await python.runPythonAsync(MAIN);
}

await run(process.argv[2], process.argv.slice(3));
