"""A process that commits without end and says on stdout what was acknowledged; killed by `test_archive_crash`.

Run by its path, with FOLDER and SEED, and with the folder of the tests on the path of modules.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from archives import change, open_archive


def say(*words) -> None:
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def main() -> None:
    folder, seed = Path(sys.argv[1]), int(sys.argv[2])
    dice = random.Random(seed)
    archive = open_archive(folder)
    known = [info.id for info in archive.documents()]
    say("open", archive.version)
    for step in range(100_000):
        kind = dice.choice(["add", "add", "change", "move", "delete", "optimise" if step % 10 == 9 else "add"])
        names = [f"d{dice.randrange(40)}.md" for _ in range(dice.choice([1, 1, 3]))] if kind == "add" else []
        removed: list[str] = []
        if kind in ("change", "move", "delete") and known:
            names = [dice.choice(known)]
        if kind == "move":
            removed, names = names, [f"m{dice.randrange(40)}.md"]
        if kind == "delete":
            removed, names = names, []
        if kind == "optimise":
            archive.optimise()
            continue
        names = [name for name in dict.fromkeys(names) if name not in removed]
        texts = {name: [f"s{seed}x{step}n{n} {name} all" for n in range(dice.choice([1, 5, 30]))] for name in names}
        for name in names:  # some chunks stay the same from version to version
            texts[name] += [f"{name} stays{n} all" for n in range(3)]
        say("try", texts, removed)
        archive.replace([change(name, rows, time=step, n=step) for name, rows in texts.items()], remove=removed)
        say("done", texts, removed)
        known = sorted({*known, *names} - set(removed))


if __name__ == "__main__":
    main()
