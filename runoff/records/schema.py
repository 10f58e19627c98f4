# Run by the driver and by the report (Python 3.9 upward).
"""The types of what a run leaves on disk: run.json and the lines of records.jsonl.

``results/README.md`` explains every field; ``validity.py`` checks what comes from disk. A record's fields are typed as
those of a measured cell. In a record whose status is not ``ok`` most are null, so a reader looks at the status first.
"""

from __future__ import annotations

from typing import Any, TypedDict

from runoff.common.loose import Data, Options, Reply

#: A parameter of a cell: a pool's size, a transport's name, a list of loads. A task's row says what it takes.
Parameters = dict[str, Any]


class CellKey(TypedDict):
    """What tells one cell from another."""

    interpreter: str
    scenario: str
    task: str
    batch: int
    parameters: Parameters


class HeaderCell(CellKey):
    """A cell of the plan, as the header has it; ``skip`` is the reason not to measure it."""

    skip: str | None


class Gil(TypedDict):
    """Was there a GIL, and which module's import turned it on."""

    at_start: bool | None
    after_imports: bool | None
    at_end: bool | None
    enabled_by: str | None


class Clock(TypedDict):
    """The clock that an interpreter measured with, and how long it and the wall clock say that it ran."""

    name: str
    resolution_ns: int
    elapsed_ns: int
    wall_ns: int


class Load(TypedDict):
    """An open loop at one load or rate (tasks per second). ``latencies`` and ``late`` are encoded HdrHistograms."""

    load: float | None
    capacity: float
    rate: float
    sent: int
    wall_ns: int
    latencies: str
    late: str


class Kills(TypedDict):
    """What came of killing a worker ``killed`` times at half of the capacity."""

    killed: int
    rate: float
    gaps_ns: list[int]
    tasks: int
    lost: int
    twice: int
    resent: int
    bin_ns: int
    killed_bin: int
    timeline: list[list[int]]


class Record(CellKey):
    """One invocation."""

    schema: int
    block: int
    attempt: int
    status: str
    reason: str | None
    startup_ns: int
    open_ns: int
    first_answer_ns: int
    cold_ns: int
    iterations_ns: list[int]
    paces_ns: list[int | None] | None
    compiling_ns: list[int] | None
    checked: int
    failures: dict[str, int] | None
    wall_s: float
    cpu_s: float | None
    open_cpu_s: float | None
    broker_cpu_s: float | None
    context_switches: dict[str, int] | None
    peak_memory_bytes: int | None
    memory_kind: str
    memory_samples: int
    memory_series: list[list[float]] | None
    broker_peak_memory_bytes: int | None
    processes: int
    gil: Gil | None
    clock: Clock | None
    answered_by: Reply | None
    exit_code: int | None
    hash_seed: int
    padding_bytes: int
    load_1m: float | None
    foreign_cpu_s: float | None
    stolen_s: float | None
    throttled_s: float | None
    tainted: str | None
    latency: list[Load] | None
    worker_answers: list[int] | None
    kills: Kills | None
    guarantees: list[str] | None
    started_at: float
    folder: str


class Machine(TypedDict):
    """The machine of a run, as far as a number depends on it. Sizes in bytes."""

    system: str
    kernel: str
    machine: str
    cpu: str
    cores: int
    cores_present: int | None
    cgroup_cpus: float | None
    memory_bytes: int
    governor: str | None
    libc: str | None


class Noise(TypedDict):
    """What else the machine did at one moment."""

    load_1m: float | None
    steal_s: float | None
    memory_available_bytes: int


class VariantFacts(TypedDict):
    """How a variant of the interpreter ``parent`` is started, and which facts show that it is."""

    name: str
    parent: str
    options: list[str]
    variables: dict[str, str]
    packages: list[str]
    engaged: Reply


class Facts(TypedDict, total=False):
    """What the probe said of an interpreter; in a run also what was installed for it."""

    variant: VariantFacts | None
    described: str
    family: str
    packages: list[str]
    missing: dict[str, str]
    capabilities: list[str]
    implementation: str
    implementation_version: str
    python: str
    python_full: str
    version_info: list[int | str]
    sys_version: str
    build: dict[str, str | bool | None]
    compiler: str | None
    configure: str | None
    flags: dict[str, int]
    free_threaded: bool
    gil: bool
    jit: bool | None
    gc: str
    allocator: str | None
    machine: str
    platform: str
    modules: dict[str, Reply]
    start_methods: list[str]
    executable: str
    prefix: str
    environment_of: str | None


class Waiting(TypedDict, total=False):
    """The lengths of invocations of tasks that wait, where they differ from the profile's."""

    min_iterations: int
    max_iterations: int
    max_seconds: float


class Today(TypedDict):
    """What the person has now; every ratio is against it."""

    interpreter: str
    scenario: str


class HeaderWorkload(TypedDict):
    """A person's own function, as a run measured it. ``digest`` names the files that interpreters read it from."""

    function: str
    digest: str
    inputs: int
    variables: list[str]
    words: list[str]
    varies: str | None
    cached: str | None
    plan: list[Data]
    left_out: list[dict[str, str]]


class GateRow(TypedDict):
    """One check of the gate."""

    check: str
    ok: bool
    reason: str | None
    seconds: float
    traceback: str | None


class GateVerdict(TypedDict):
    """What the gate said of one interpreter; ``times`` are rough ones, from which the plan was made."""

    interpreter: str
    passed: bool
    rows: list[GateRow]
    times: Reply | None


class Header(TypedDict, total=False):
    """run.json: the plan, the profile's rules, and the surroundings."""

    schema: int
    profile: str
    command: str
    selection: Options
    baseline: str
    baseline_repeat: str | None
    seed: int
    budget_s: float
    invocations: int
    min_invocations: int
    max_invocations: int
    half_width: float | None
    min_iterations: int
    max_iterations: int
    max_seconds: float
    pilot_s: float
    allow_eol: bool
    past_support: list[str]
    race: bool
    waiting: Waiting
    timeout_s: float
    soak_s: float
    code: str
    work: dict[str, int]
    work_ms: dict[str, float]
    environment: Data
    machine: Machine
    broker: str | None
    noise_before: Noise
    noise_after: Noise
    interpreters: dict[str, Facts]
    cells: list[HeaderCell]
    workload: HeaderWorkload
    today: Today
    gate: list[GateVerdict]
    started_at: float
    finished_at: float | None
