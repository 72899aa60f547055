"""Load on the real server: searches and answers a second, beside the engine without HTTP and beside peers.

    python benchmarks/service.py DATA [--clients 1 8 32] [--seconds 10] [--passages 2000] [--soak MINUTES]
        [--peer-python PYTHON [--peers txtai hayhooks]]

DATA is a BEIR folder, or a folder of them (then squad-en). `wenyuan serve` runs as a child, on two cores, with its own
defaults; so does each peer, in an interpreter that has `txtai[api]`, or `hayhooks` and `haystack-ai`, and what our
encoder needs (`onnxruntime`, `tokenizers`): they get our passages with our vectors, and encode questions with our
encoder. The loops are closed: a client asks again when it has its reply. For each number of clients all systems take
turns, twice. New questions were never asked before; repeated ones are fifty that come again and again. CPU is the
server's, a reply; where the machine is busy with other things, it says more than the time does. With MINUTES, clients
ask and documents come and go for as long, and memory, threads and descriptors are looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from serving.corpus import KB, SEED, Corpus, build, opened, read, stem
from serving.ingest import Uploads
from serving.load import Feed, InProcess, K, Load, Served, Target, hits_at_ten, run
from serving.peers import PEERS
from serving.processes import CORES, SERVED_ON, Child, NotUp, Sample, Watch, free_port, keep_off, served, slope

ROOT = Path(__file__).resolve().parents[1]
TURNS = 2
WARM = 3.0  # seconds of each system before anything is timed
AT_ONCE = 2  # questions at work at once in the server, as it comes: as many threads has the engine without it
BESIDE = 8  # clients who search while documents come in, and in the soak
SHIPPED, PLAIN = "search", "search, rerank off"
AGAIN = ", repeated"
LOG = "wenyuan.log"
INSIDE = "engine without HTTP: "


@dataclass
class Bench:
    """All systems, with the questions of each."""

    corpus: Corpus
    child: Child
    targets: list[Target]
    feeds: dict[str, Feed]
    watch: Watch
    moments: list[tuple[str, Sample]] = field(default_factory=list)

    def note(self, name: str) -> None:
        """Remember what the server holds now."""
        self.moments.append((name, self.watch.now()))

    def named(self, name: str) -> Served:
        return next(each for each in self.targets if each.name == name and isinstance(each, Served))


def main() -> None:
    """Print Markdown tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=10.0, help="of each system and number of clients, both turns")
    parser.add_argument("--passages", type=int, default=2000, help="documents of the corpus that are served")
    parser.add_argument("--soak", type=float, default=0.0, metavar="MINUTES")
    parser.add_argument("--peer-python", metavar="PYTHON", help="an interpreter that has the peers")
    parser.add_argument("--peers", nargs="*", choices=list(PEERS), default=list(PEERS))
    arguments = parser.parse_args()
    begun = time.perf_counter()
    head()
    scratch = Path(tempfile.mkdtemp(prefix="wenyuan-service-"))
    try:
        with ExitStack() as last_first:
            bench = set_up(arguments, scratch, last_first)
            measure(bench, arguments.clients, arguments.seconds)
            beside(bench, arguments.seconds)
            quality(bench)
            if arguments.soak:
                soak(bench, 60 * arguments.soak)
            held(bench)
            logged(scratch / LOG)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"\n{(time.perf_counter() - begun) / 60:.1f} minutes in all, load {os.getloadavg()[0]:.1f} at the end")


def head() -> None:
    versions = []
    for package in ("wenyuan", "fastapi", "uvicorn", "uvloop", "httptools", "onnxruntime", "qdrant-edge-py"):
        try:
            versions.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            versions.append(f"no {package}")
    git = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=10"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "none"
    pinned = "on other cores" if len(CORES) > SERVED_ON else "on the same cores, for there are no others"
    print(f"{cpu_name()}, {len(CORES)} cores; each server on {min(SERVED_ON, len(CORES))}, the clients {pinned}.")
    print(f"Load {os.getloadavg()[0]:.1f} before. Python {platform.python_version()}, {', '.join(versions)}.")
    print(f"Commit {commit}, seed {SEED}: `python benchmarks/service.py {' '.join(sys.argv[1:])}`", flush=True)


def cpu_name() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "") or (
        platform.machine()
    )


def set_up(arguments: argparse.Namespace, scratch: Path, last_first: ExitStack) -> Bench:
    """Build the knowledge base, start all servers, and ask each a little."""
    corpus = read(arguments.data, arguments.passages)
    folder, shared = scratch / "home" / "tenants" / "default" / KB, scratch / "peers"
    shared.mkdir()
    peers = arguments.peers if arguments.peer_python else []
    started = time.perf_counter()
    passages = build(corpus, folder, shared if peers else None)
    took = time.perf_counter() - started
    shutil.copytree(folder, scratch / "raw")
    print(f"\n{corpus.name}: {len(corpus.documents):,} documents, {passages:,} passages, read in {took:.0f} s;")
    print(f"{len(corpus.fresh):,} new questions, {len(corpus.repeated)} repeated ones, {K} hits a search.", flush=True)
    child = last_first.enter_context(serve(scratch))
    base: list[Target] = [*ours(child)]
    keep_off()
    raw = last_first.enter_context(opened(scratch / "raw"))
    base += [
        InProcess(f"engine without HTTP: {SHIPPED}", raw, None),
        InProcess(f"engine without HTTP: {PLAIN}", raw, False),
    ]
    for name in peers:
        try:
            base.append(last_first.enter_context(PEERS[name](arguments.peer_python, shared)))
        except (NotUp, OSError, subprocess.CalledProcessError) as error:
            print(f"\nskipped: {name}: {error}", flush=True)
    bench = Bench(corpus, child, base, feeds(corpus, base), last_first.enter_context(Watch(child)))
    bench.note("up")
    for target in base:
        run(target, AT_ONCE, min(WARM, arguments.seconds), bench.feeds[target.name])
    for again in (SHIPPED + AGAIN, PLAIN + AGAIN):  # once, before they are timed
        hits_at_ten(bench.named(again), [(question, set()) for question in corpus.repeated])
    bench.note("warm")
    return bench


def serve(scratch: Path):  # noqa: ANN201 - a context manager's own type says less
    port = free_port()
    command = [sys.executable, "-m", "wenyuan", "serve", "--home", str(scratch / "home"), "--port", str(port)]
    return served("wenyuan", command, port, "/readyz", {}, scratch / LOG)


def ours(child: Child) -> Iterator[Served]:
    """The paths of our server that are asked."""

    def asks(path: str, **more: object):  # noqa: ANN202
        return lambda q: ("POST", f"/api/knowledge-bases/{KB}/{path}", json.dumps({"question": q} | more).encode())

    def found(reply: dict) -> list[str]:
        return [stem(hit["document"]) for hit in reply["hits"]]

    for again in ("", AGAIN):
        yield Served(SHIPPED + again, child, asks("search", k=K), found)
        yield Served(PLAIN + again, child, asks("search", k=K, rerank=False), found)
    yield Served("ask, quoted", child, asks("ask", llm=False))


def feeds(corpus: Corpus, targets: Sequence[Target]) -> dict[str, Feed]:
    """Each has its own place in the one order of questions: what one asked, no other of the same server has cached."""
    size, made = len(corpus.fresh), {}
    for target in targets:
        if target.name.endswith(AGAIN):
            made[target.name] = Feed(corpus.repeated, again=True)
        elif target.name.endswith("ask, quoted"):
            made[target.name] = Feed(corpus.fresh, size // 3)
        else:
            made[target.name] = Feed(corpus.fresh, 2 * size // 3 if target.name.endswith(SHIPPED) else 0)
    return made


def measure(bench: Bench, clients: Sequence[int], seconds: float) -> None:
    """All systems by turns, for each number of clients; a table, and what they are to each other."""
    print("\n| what | clients | a second | p50 ms | p95 ms | p99 ms | CPU ms | clients' CPU, cores | errors |")
    print("|---|---|---|---|---|---|---|---|---|")
    ratios: list[str] = []
    for n in sorted(clients):
        loads = {target.name: Load() for target in bench.targets}
        for _ in range(TURNS):
            for target in bench.targets:
                threads = min(n, AT_ONCE) if isinstance(target, InProcess) else n
                loads[target.name].add(run(target, threads, seconds / TURNS, bench.feeds[target.name]))
        for target in bench.targets:
            print(row(target, n, loads[target.name]), flush=True)
        ratios += compared(bench, n, loads)
        bench.note(counted(n, "client"))
    print("\n" + "\n".join(ratios), flush=True)


def row(target: Target, n: int, load: Load) -> str:
    inside = isinstance(target, InProcess)
    who = counted(min(n, AT_ONCE), "thread") if inside else f"{n}"
    times = " | ".join(f"{load.percentile(q):.1f}" for q in (50, 95, 99))
    own = "–" if inside else f"{load.loader_cpu / load.seconds:.2f}"
    return f"| {target.name} | {who} | {load.rate:.1f} | {times} | {load.cpu_ms:.1f} | {own} | {load.errors} |"


def counted(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n > 1)}"


def compared(bench: Bench, n: int, loads: dict[str, Load]) -> list[str]:
    """HTTP's part, and ours against each peer's."""
    said = []
    for name in (SHIPPED, PLAIN):
        http, raw = loads[name], loads[INSIDE + name]
        waits = f", {http.percentile(50) - raw.percentile(50):+.1f} ms at p50" if n == 1 else ""
        said.append(
            f"- {counted(n, 'client')}, {name}: HTTP adds {http.cpu_ms - raw.cpu_ms:+.1f} ms of CPU a search{waits}; "
            f"{http.rate:.1f} a second, and {raw.rate:.1f} without it, in {counted(min(n, AT_ONCE), 'thread')}."
        )
    for target in bench.targets:
        if isinstance(target, Served) and target.child is not bench.child:
            peer = loads[target.name].rate or float("nan")
            both = ", ".join(f"{loads[name].rate / peer:.2f} × ({name})" for name in (PLAIN, SHIPPED))
            said.append(f"- {counted(n, 'client')}: ours is {both} as many searches a second as {target.name}.")
    return said


def beside(bench: Bench, seconds: float) -> None:
    """Searches without and with documents that come in, and documents alone."""
    arriving = list(bench.corpus.arriving.items())
    half = len(arriving) // 2
    target = bench.named(PLAIN)
    feed = bench.feeds[PLAIN]
    idle = run(target, BESIDE, seconds, feed)
    with Uploads(bench.child.port, dict(arriving[:half])) as first:
        busy = run(target, BESIDE, seconds, feed)
    with Uploads(bench.child.port, dict(arriving[half:])) as alone:
        time.sleep(seconds)
    bench.note("documents came in")
    print(f"\n| {BESIDE} clients, {PLAIN} | a second | p50 ms | p95 ms | p99 ms | documents a second | errors |")
    print("|---|---|---|---|---|---|---|")
    for name, load, uploads in (("alone", idle, None), ("while documents come in", busy, first)):
        times = " | ".join(f"{load.percentile(q):.1f}" for q in (50, 95, 99))
        came = f"{uploads.rate:.1f}" if uploads else "–"
        wrong = uploads_errors(load, uploads)
        print(f"| {name} | {load.rate:.1f} | {times} | {came} | {wrong} |")
    wrong = dict(alone.failed) or 0
    print(f"| documents alone | – | – | – | – | {alone.rate:.1f} | {wrong} |", flush=True)


def uploads_errors(load: Load, uploads: Uploads | None) -> str:
    return load.errors + (f"; uploads {dict(uploads.failed)}" if uploads and uploads.failed else "")


def quality(bench: Bench) -> None:
    """Speed without quality is no comparison."""
    judged = bench.corpus.judged
    if not judged:
        print("\nNo judged question has a right document here: quality is not told.")
        return
    print(f"\n| what | questions with a right document in {K} hits, n = {len(judged)} | hits, median |\n|---|---|---|")
    for target in bench.targets:
        if isinstance(target, Served) and not target.name.endswith(AGAIN) and not target.name.startswith("ask"):
            share, hits = hits_at_ten(target, judged)
            print(f"| {target.name} | {share:.3f} | {hits} |", flush=True)


def soak(bench: Bench, seconds: float) -> None:
    """Clients ask and documents come and go, for long."""
    mix = [SHIPPED, PLAIN, PLAIN + AGAIN, "ask, quoted"]
    documents = dict([*bench.corpus.arriving.items()][-200:])
    loads = {name: Load() for name in mix}
    end, turn = time.monotonic() + seconds, 0
    with Watch(bench.child, every=5.0) as watch, Uploads(bench.child.port, documents, keep=False) as uploads:
        while (left := end - time.monotonic()) > 1:
            name = mix[turn % len(mix)]
            loads[name].add(run(bench.named(name), BESIDE, min(15.0, left), bench.feeds[name]))
            turn += 1
    bench.note("soak")
    samples = watch.samples
    print(f"\nSoak, {seconds / 60:.1f} minutes, {BESIDE} clients, documents come and go ({uploads.done:,} came):\n")
    print("| what | replies | p50 ms | p95 ms | errors |\n|---|---|---|---|---|")
    for name, load in loads.items():
        times = f"{load.percentile(50):.1f} | {load.percentile(95):.1f}"
        print(f"| {name} | {load.statuses.total():,} | {times} | {load.errors} |")
    print(f"| uploads | {uploads.done:,} documents | – | – | {dict(uploads.failed) or 0} |")
    print("\n| the server's | least | most | a quarter in | at the end | growth an hour, second half |")
    print("|---|---|---|---|---|---|")
    for figure, unit in (
        ("mb", "MB"),
        ("own", "MB of its own"),
        ("threads", "threads"),
        ("descriptors", "descriptors"),
    ):
        values = [getattr(each, figure) for each in samples]
        if values:
            told = (min(values), max(values), values[len(values) // 4], values[-1], slope(samples, figure))
            print(f"| {unit} | " + " | ".join(f"{value:,.0f}" for value in told) + " |", flush=True)


def held(bench: Bench) -> None:
    """What the server held at each moment."""
    print("\n| the server, after | MB | threads | descriptors |\n|---|---|---|---|")
    for name, sample in bench.moments:
        print(f"| {name} | {sample.mb:,.0f} | {sample.threads} | {sample.descriptors} |")
    most = max((each.mb for each in bench.watch.samples), default=float("nan"))
    print(f"\nPeak {most:,.0f} MB.")


def logged(log: Path) -> None:
    """What the server said went wrong: a reply with status 500 tells no more."""
    lines = log.read_text("utf-8", "replace").splitlines()
    wrong = Counter(line[:200] for line in lines if re.match(r"[\w.]*(Error|Exception)\b", line))
    for line, n in wrong.most_common(5):
        print(f"- in the server's log, {n} ×: {line}")


if __name__ == "__main__":
    main()
