"""Benchmarks that people already have become functions without arguments, under every interpreter."""

from __future__ import absolute_import, division, print_function, unicode_literals

import io
import os
import shutil
import sys
import tempfile
import textwrap
import unittest

from compat import this_interpreter
from scenarios.own_function import calling, loader
from scenarios.own_function.adapters import main_script

PYPERF = """
    import pyperf

    CALLS = []

    def work(count):
        CALLS.append(count)
        return object()

    def timed(loops, count):
        begin = pyperf.perf_counter()
        for _ in range(loops):
            CALLS.append(count)
        return pyperf.perf_counter() - begin

    if __name__ == "__main__":
        runner = pyperf.Runner()
        runner.argparser.add_argument("--count", type=int, default=1)
        args = runner.parse_args()
        runner.metadata["description"] = "a look-alike"
        runner.bench_func("work", work, args.count)
        if args.count != 3:
            runner.bench_time_func("timed", timed, args.count, inner_loops=10)
            runner.timeit("statement", stmt="CALLS.append(7)", globals={"CALLS": CALLS})
            runner.timeit("sum(range(9))")
            runner.bench_command("command", COMMAND)
"""
AWAITED = """
    import asyncio
    import pyperf

    CALLS = []

    async def later(count):
        await asyncio.sleep(0)
        CALLS.append(count)

    pyperf.Runner().bench_async_func("later", later, 3)
"""
#: Its function is looked up by its name in the child.
IN_A_POOL = """
    import multiprocessing
    import pyperf

    def twice(number):
        return 2 * number

    def work():
        pool = POOL
        try:
            assert pool.map(twice, [1, 2]) == [2, 4]
        finally:
            pool.close()
            pool.join()

    pyperf.Runner().bench_func("work", work)
"""
AWFY = """
    class Loop(object):
        seen = []

        def inner_benchmark_loop(self, inner_iterations):
            self.seen.append(inner_iterations)
            return inner_iterations != 13


    class Pair(object):
        def benchmark(self):
            return 42

        def verify_result(self, result):
            return result == 42


    class Neither(object):
        pass
"""
PYTEST = """
    import pytest

    SEEN = []

    @pytest.fixture
    def numbers():
        yield [1, 2, 3]

    @pytest.fixture
    def opened():
        held = [1, 2, 3]
        try:
            yield held
        finally:
            del held[:]

    def total(values):
        SEEN.append(1)
        return sum(values)

    @pytest.mark.parametrize
    def test_total(benchmark, numbers):
        assert benchmark(total, numbers) == 6

    def test_opened(benchmark, opened):
        assert benchmark(total, opened) == 6
        benchmark.pedantic(lambda: opened[0])

    def test_pedantic(benchmark):
        assert benchmark.pedantic(total, setup=lambda: (([4, 5],), {}), rounds=3) == 9

    def test_wrong(benchmark):
        assert benchmark(total, [1]) == 6

    def test_nothing(benchmark):
        pass

    def test_elsewhere(benchmark, tmp_path):
        benchmark(total, [1])
"""


class Adapters(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        before = sys.path[:], dict(sys.modules)
        self.addCleanup(self.back, *before)

    def back(self, path, modules):
        sys.path[:] = path
        for name in set(sys.modules) - set(modules):
            del sys.modules[name]
        sys.modules[str("__main__")] = modules["__main__"]

    def target(self, adapter, content, name, arguments=()):
        path = os.path.join(self.folder, "theirs.py")
        with io.open(path, "w", encoding="utf-8") as stream:
            stream.write(textwrap.dedent(content).replace("COMMAND", repr([str(sys.executable), str("-c"), str("1")])))
        return {
            "folder": self.folder,
            "module": "theirs",
            "name": name,
            "file": path,
            "adapter": adapter,
            "arguments": list(arguments),
        }

    def test_a_pyperf_script_gives_each_of_its_benchmarks(self):
        for name in ("work", "timed", "statement", "sum(range(9))", "command"):
            call = loader.load(self.target("pyperf", PYPERF, name))
            self.assertIsNone(calling.call(call, []))

    def test_a_coroutine_of_a_pyperf_script_is_awaited(self):
        try:
            import asyncio  # noqa: F401
        except ImportError:
            self.skipTest("no asyncio")
        self.addCleanup(calling.close_loop)
        call = loader.load(self.target("pyperf", AWAITED, "later"))
        self.assertEqual([calling.call(call, []), calling.call(call, [])], [None, None])
        self.assertEqual(main_script._kept[-1].CALLS, [3, 3])

    def test_a_script_may_send_its_functions_to_processes_of_its_own(self):
        if "fork" not in this_interpreter.start_methods():
            self.skipTest("no fork")
        import multiprocessing

        has_contexts = hasattr(multiprocessing, "get_context")
        pool = "multiprocessing.get_context('fork').Pool(1)" if has_contexts else "multiprocessing.Pool(1)"
        call = loader.load(self.target("pyperf", IN_A_POOL.replace("POOL", pool), "work"))
        self.assertEqual([call(), call()], [None, None])

    def test_a_call_makes_as_many_loops_as_it_is_told(self):
        for name in ("work", "timed"):
            loader.load(dict(self.target("pyperf", PYPERF, name), loops=5))()
            self.assertEqual(len(main_script._kept[-1].CALLS), 5)
        for name in ("statement", "command"):
            with self.assertRaises(loader.NoFunction):
                loader.load(dict(self.target("pyperf", PYPERF, name), loops=5))

    def test_what_a_script_says_of_its_own_time_is_kept(self):
        call = loader.load(self.target("pyperf", PYPERF, "timed"))
        call()
        self.assertIsInstance(call.own_s, float)
        self.assertGreaterEqual(call.own_s, 0)

    def test_arguments_are_the_scripts_own_and_a_single_benchmark_needs_no_name(self):
        before = sys.argv[:]
        call = loader.load(self.target("pyperf", PYPERF, None, ["--count", "3"]))
        call()
        self.assertEqual(sys.argv, before)

    def test_a_script_with_several_benchmarks_asks_which(self):
        with self.assertRaises(loader.NoFunction) as caught:
            loader.load(self.target("pyperf", PYPERF, None))
        said = "name one with --benchmark: command, statement, sum(range(9)), timed, work"
        self.assertIn(said, "{}".format(caught.exception))
        with self.assertRaises(loader.NoFunction):
            loader.load(self.target("pyperf", PYPERF, "missing"))
        with self.assertRaises(loader.NoFunction):
            loader.load(self.target("pyperf", "import pyperf", None))

    def test_a_class_of_are_we_fast_yet_verifies_each_iteration(self):
        loader.load(self.target("awfy", AWFY, "Loop", ["5"]))()
        loader.load(self.target("awfy", AWFY, "Pair"))()
        self.assertRaises(Exception, loader.load(self.target("awfy", AWFY, "Loop", ["13"])))
        self.assertRaises(loader.NoFunction, loader.load, self.target("awfy", AWFY, "Neither"))

    def test_a_test_of_pytest_benchmark_runs_once_and_gives_its_function(self):
        for name in ("test_total", "test_opened", "test_pedantic"):
            call = loader.load(self.target("pytest", PYTEST, name))
            self.assertIsNone(call())
            self.assertIsNone(call())

    def test_a_test_whose_assertion_fails_is_no_benchmark(self):
        self.assertRaises(AssertionError, loader.load, self.target("pytest", PYTEST, "test_wrong"))
        for name in ("test_nothing", "test_elsewhere", "test_missing"):
            self.assertRaises(loader.NoFunction, loader.load, self.target("pytest", PYTEST, name))


if __name__ == "__main__":
    unittest.main()
