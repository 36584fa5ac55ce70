#!/usr/bin/python3
"""Text to search and to sort: lines of random words, the same for the same arguments.

    make_text.py FOLDER FILES KIB     so many files of so many KiB each, below FOLDER
    make_text.py FILE 1 KIB           one file, where FILE ends in .txt
"""

import random
import sys
from pathlib import Path

# Words that no line of random letters of theirs makes.
WORDS = ["amber", "birch", "copper", "drift", "ember", "flint", "grove", "harbour", "island", "juniper", "kelp", "lantern"]
UNIQUE = 64  # blocks of text that differ


def blocks(size):
    """UNIQUE texts of `size` bytes, in whole lines but for the last."""
    drawn = random.Random(7)
    for _ in range(UNIQUE):
        text = ""
        while len(text) < size:
            # The first word makes lines differ, so that sorting them is work.
            text += f"{drawn.getrandbits(64):016x} {' '.join(drawn.choices(WORDS, k=10))}\n"
        yield text[:size - 1] + "\n"


def main(target, files, kib):
    size = int(kib) << 10
    target, count = Path(target), int(files)
    if target.suffix == ".txt":
        made = [block.encode() for block in blocks(min(size, 1 << 18))]
        target.parent.mkdir(parents=True, exist_ok=True)
        with open(target, "wb") as file:
            for number in range(size // len(made[0])):
                file.write(made[number % UNIQUE])
        return
    made = [block.encode() for block in blocks(size)]
    for number in range(count):
        path = target / f"{number // 256:03d}" / f"{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(made[number % UNIQUE])


if __name__ == "__main__":
    main(*sys.argv[1:])
