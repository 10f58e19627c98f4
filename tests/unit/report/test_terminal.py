"""From records to the table: cells, alarms, and what stands where there is no number."""

from __future__ import annotations

from runoff.analysis import alarms
from runoff.analysis.cells import comparing, gathering
from runoff.records import record
from tests.helpers.exact_runs import cell, header, measured, run_of, shown


def test_the_table_names_the_best_scenario_its_speed_up_and_the_ratio(tmp_path):
    serial, pool = cell(), cell(scenario="thread-pool", concurrency=2)
    other = cell("pypy-3.11")
    records = [
        *measured(serial, 1.0, 1.01, 0.99),
        *measured(pool, 0.5, 0.51, 0.49),
        *measured(other, 0.1, 0.101, 0.099),
    ]
    text = shown(run_of(tmp_path, [serial, pool, other], records))
    rows = {
        line.split()[0]: line for line in text.splitlines() if line.split()[:1] in (["cpython-3.13"], ["pypy-3.11"])
    }
    assert "thread-pool[2]" in rows["cpython-3.13"]
    assert " 20 [" in rows["cpython-3.13"]
    assert " 2 [1.9" in rows["cpython-3.13"]
    assert "baseline" in rows["cpython-3.13"]
    assert " 100 [" in rows["pypy-3.11"]
    assert " 5 [4." in rows["pypy-3.11"]
    assert "faster" in rows["pypy-3.11"]
    assert "Cells: 3 ok" in text


def test_what_is_serial_itself_is_once_as_fast_as_serial_without_an_interval(tmp_path):
    serial = cell("pypy-3.11")
    text = shown(run_of(tmp_path, [cell(), serial], [*measured(cell(), 1.0, 1.1), *measured(serial, 0.1, 0.12)]))
    (row,) = (line for line in text.splitlines() if line.split()[:2] == ["pypy-3.11", "serial"])
    after = row[row.index("]") + 1 :].split()
    assert after[0] == "1"
    assert "[" in after[2], "the ratio to the baseline has one"


def test_what_workers_of_another_interpreter_did_stands_for_none(tmp_path):
    serial, other = cell(), cell("pypy-3.11")
    lent = cell(scenario="distributed", transport="zmq+tcp", worker_kind="thread", worker_interpreter="pypy-3.11")
    records = [*measured(serial, 1.0, 1.01), *measured(other, 0.2, 0.21), *measured(lent, 0.1, 0.11)]
    text = shown(run_of(tmp_path, [serial, other, lent], records))
    rows = [line for line in text[text.index("best scenario") :].splitlines() if line.startswith(" cpython-3.13")]
    assert rows[0].split()[1] == "serial"
    found = comparing.best_of_each(gathering.gather(run_of(tmp_path, [lent], measured(lent, 0.1, 0.11))))
    assert found["cpython-3.13"].runs_elsewhere, "it stands for an interpreter that has nothing else"


def test_square_brackets_of_a_name_are_shown_as_they_are(tmp_path):
    planned = cell(scenario="processes", start_method="fork")
    assert "processes[fork]" in shown(run_of(tmp_path, [planned], measured(planned, 1.0, 1.0, 1.0)))


def test_cells_without_a_number_are_counted_with_their_reasons(tmp_path):
    planned = [cell(), cell(scenario="threads"), cell(scenario="processes"), cell(scenario="tornado"), cell(task="io")]
    records = [
        *measured(planned[0], 1.0),
        *measured(planned[1], 1.0, status="crashed", reason="ended by SIGSEGV"),
        *measured(planned[2], 1.0, status="timeout", reason="killed after 60 s"),
        *measured(planned[3], 1.0, status="skipped", reason="no tornado: ImportError"),
    ]
    text = shown(run_of(tmp_path, planned, records))
    assert "Cells: 1 ok, 1 crashed, 1 timeout, 1 skipped, 1 not reached" in text
    assert "1 crashed on cpython-3.13: ended by SIGSEGV" in text
    assert "1 skipped on cpython-3.13: no tornado: ImportError" in text
    assert "1 not reached on cpython-3.13: over the budget of 60 s: raise --budget or choose fewer cells" in text


def test_a_cell_that_failed_once_is_failed_even_where_other_invocations_went_well(tmp_path):
    planned = cell()
    records = [*measured(planned, 1.0, 1.0), *measured(planned, 1.0, status="failed", reason="WrongAnswer")]
    assert [(each.status, each.reason) for each in gathering.gather(run_of(tmp_path, [planned], records))] == [
        ("failed", "WrongAnswer")
    ]


def test_a_run_without_any_number_says_so(tmp_path):
    planned = cell(skip="no environment")
    text = shown(run_of(tmp_path, [planned], measured(planned, 1.0, status="skipped", reason="no environment")))
    assert "Nothing was measured." in text


def test_the_gil_that_came_back_is_an_alarm_with_its_module(tmp_path):
    planned = cell()
    gil = {"at_start": False, "at_end": True, "enabled_by": "some.module"}
    run = run_of(tmp_path, [planned], measured(planned, 1.0, 1.0, 1.0, gil=gil))
    assert "turned on by some.module" in alarms.alarms(run, gathering.gather(run))[0]


def test_too_few_invocations_a_busy_machine_and_rss_are_alarms(tmp_path):
    planned = cell()
    run = run_of(tmp_path, [planned], measured(planned, 1.0, memory_kind="rss", foreign_cpu_s=1.5, wall_s=1.0))
    text = "\n".join(alarms.alarms(run, gathering.gather(run)))
    assert "fewer than 3 invocations in 1 cell" in text
    assert "other processes used 1.5 of 2 cores" in text
    assert "RSS" in text


def test_a_good_run_has_no_alarm(tmp_path):
    planned = cell()
    run = run_of(tmp_path, [planned], measured(planned, 1.0, 1.0, 1.0))
    assert alarms.alarms(run, gathering.gather(run)) == []


def test_tasks_that_failed_are_no_throughput_and_stand_beside_the_number(tmp_path):
    planned = cell(task="io-load", scenario="threads", delay_ms=1000)
    # 7 iterations of 10 tasks, of which 35 failed: half of what it began was answered.
    records = measured(planned, 1.0, 1.0, 1.0, failures={"EMFILE": 35})
    (gathered,) = gathering.gather(record.Run(tmp_path, header([planned]), tuple(records)))
    assert gathered.throughputs == [5.0, 5.0, 5.0]
    assert "105 failed: EMFILE" in gathered.badge


def test_the_same_task_with_other_delays_or_sizes_is_other_work():
    ten, fifty = cell(task="io", delay_ms=10), cell(task="io", delay_ms=50)
    works = {gathering.gather(record.Run(None, header([each]), ()))[0].work for each in (ten, fifty)}
    assert works == {"io, 10 tasks of delay_ms=10", "io, 10 tasks of delay_ms=50"}


def test_what_a_scenario_costs_is_told_in_microseconds_a_task(tmp_path):
    planned = cell(task="noop")
    text = shown(run_of(tmp_path, [planned], measured(planned, 1e-3, 1e-3, 1e-3)))
    rows = [line.split() for line in text[text.index("what a scenario costs") :].splitlines()]
    assert next(row for row in rows if row[:1] == ["cpython-3.13"]) == ["cpython-3.13", "100"]


def test_what_a_broker_computes_stands_beside_the_programs_own(tmp_path):
    planned = cell(scenario="distributed", transport="amqp", worker_kind="thread", concurrency=2)
    spent = {"cpu_s": 2.0, "open_cpu_s": 0.6, "broker_cpu_s": 0.35, "checked": 70}
    records = measured(planned, 1.0, 1.0, 1.0, guarantees=["answered", "broker"], **spent)
    assert " 20 + 5 " in shown(run_of(tmp_path, [planned], records))
