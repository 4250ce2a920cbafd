"""Checks what is in a wheel and in an sdist: `python contents.py WHEEL SDIST`."""

from __future__ import annotations

import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
NEVER = {"__pycache__"}


def of_the_package() -> set[str]:
    """Every file of the package: modules, migrations, templates, translations, py.typed."""
    files = (path for path in (ROOT / "auditable").rglob("*") if path.is_file())
    return {
        path.relative_to(ROOT).as_posix() for path in files if not NEVER.intersection(path.parts)
    }


def of_the_wheel(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        names = {PurePosixPath(name) for name in archive.namelist()}
    return {str(name) for name in names if not name.parts[0].endswith(".dist-info")}


def of_the_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        files = [PurePosixPath(member.name) for member in archive if member.isfile()]
    return {str(PurePosixPath(*file.parts[1:])) for file in files}


def main(wheel: Path, sdist: Path) -> int:
    expected, shipped, source = of_the_package(), of_the_wheel(wheel), of_the_sdist(sdist)
    wrong = [f"the wheel lacks {name}" for name in sorted(expected - shipped)]
    wrong += [f"the wheel has {name}" for name in sorted(shipped - expected)]
    needed = {"LICENSE", "README.md", "CHANGELOG.md", "noxfile.py", "tests/settings.py", *expected}
    wrong += [f"the sdist lacks {name}" for name in sorted(needed - source)]
    wrong += [
        f"{name} should be in the package"
        for name in ("auditable/py.typed", "auditable/migrations/0001_initial.py")
        if name not in expected
    ]
    print(
        "\n".join(wrong) or f"{wheel.name}: {len(shipped)} files, all of the package and no other"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
