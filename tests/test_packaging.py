"""The distributions: whole, and working without the checkout."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from configparser import ConfigParser
from pathlib import Path

import pytest

import emulator
from tests.processes import ROOT, environment

DATA = [
    path.relative_to(ROOT).as_posix()
    for folder in ("schemas", "fixtures")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file()
]
CODE = [
    path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "emulator").rglob("*"))
    if path.is_file() and "__pycache__" not in path.parts
]


def build(project: Path, kind: str, into: Path) -> Path:
    """Build a distribution as pip would, without asking any index for the build backend."""
    code = f"import hatchling.build as backend; print(backend.build_{kind}({str(into)!r}))"
    built = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=60
    )
    assert built.returncode == 0, built.stderr
    return into / built.stdout.splitlines()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(ROOT, "wheel", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def unpacked_sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(build(ROOT, "sdist", folder)) as sdist:
        sdist.extractall(folder, filter="data")
    (project,) = [path for path in folder.iterdir() if path.is_dir()]
    return project


@pytest.fixture
def installed(wheel: Path, tmp_path: Path) -> Path:
    """A folder that has what a wheel has, far from the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    return tmp_path


def python(folder: Path, code: str) -> str:
    """What code prints that sees the package in a folder only."""
    return subprocess.check_output(
        [sys.executable, "-c", code],
        cwd=folder,
        env=environment({"PYTHONPATH": str(folder)}),
        text=True,
        timeout=60,
    )


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_wheel_has_every_schema_and_fixture_and_all_code(wheel: Path) -> None:
    expected = {*CODE, *(f"emulator/data/{path}" for path in DATA)}

    assert len(DATA) > 50
    assert {"emulator/py.typed", "emulator/core/pipeline.py"} <= expected
    assert {name for name in names(wheel) if ".dist-info/" not in name} == expected


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    version = emulator.__version__
    folder = f"messaging_emulator-{version}.dist-info"
    scripts = ConfigParser()
    with zipfile.ZipFile(wheel) as archive:
        scripts.read_string(archive.read(f"{folder}/entry_points.txt").decode())
        metadata = archive.read(f"{folder}/METADATA").decode()

    assert wheel.name == f"messaging_emulator-{version}-py3-none-any.whl"
    assert dict(scripts["console_scripts"]) == {"messaging-emulator": "emulator.cli:main"}
    assert dict(scripts["pytest11"]) == {"messaging-emulator": "emulator.pytest_plugin"}
    assert f"{folder}/licenses/LICENSE" in names(wheel)
    assert f"\nVersion: {version}\n" in metadata
    assert "\nRequires-Python: >=3.11\n" in metadata
    assert (ROOT / "README.md").read_text(encoding="utf-8") in metadata


def test_an_unpacked_wheel_serves_its_own_data(installed: Path) -> None:
    told = python(
        installed,
        "import emulator, emulator.resources as r\n"
        "emulator.create_app(emulator.Settings())\n"
        "print(emulator.__file__, r.ROOT, sep='\\n')\n"
        "print(r.schemas().limit('infobip.facebook-text-max'))",
    ).splitlines()

    assert told == [
        str(installed / "emulator" / "__init__.py"),
        str(installed / "emulator" / "data"),
        "640",
    ]


def test_the_command_of_an_unpacked_wheel_works(installed: Path) -> None:
    code = "import sys; sys.argv[1:] = ['routes']; from emulator.cli import main; main()"

    assert "infobip.omni-text  (documented)" in python(installed, code)


def test_pytest_finds_the_fixture_of_an_unpacked_wheel(installed: Path) -> None:
    (installed / "test_it.py").write_text(
        "def test_it(emulator):\n    assert emulator.messages.all() == []\n"
    )
    code = "import pytest; pytest.main(['-q', '-p', 'no:schemathesis', '-p', 'no:cacheprovider'])"

    assert "1 passed" in python(installed, code)


def test_the_sdist_has_what_the_wheel_and_its_tests_need(unpacked_sdist: Path) -> None:
    packed = {
        path.relative_to(unpacked_sdist).as_posix()
        for path in unpacked_sdist.rglob("*")
        if path.is_file()
    }

    tests = {path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("*.py")}
    needed = {*CODE, *DATA, *tests, "pyproject.toml", "README.md", "LICENSE", "Makefile"}
    assert needed - packed == set()
    assert [path for path in packed if path.endswith(".pyc")] == []


def test_a_wheel_from_the_sdist_is_the_same(
    wheel: Path, unpacked_sdist: Path, tmp_path: Path
) -> None:
    again = build(unpacked_sdist, "wheel", tmp_path)

    with zipfile.ZipFile(wheel) as first, zipfile.ZipFile(again) as second:
        contents = [
            {name: archive.read(name) for name in archive.namelist()} for archive in (first, second)
        ]
    assert contents[0] == contents[1]
