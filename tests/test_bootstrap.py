from __future__ import annotations

import ast
import os
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from kdlab import __main__ as door
from kdlab import bootstrap
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[1]


class BecameError(Exception):
    """Ends a test where os.execv would have replaced the process."""


class Machine:
    """Stands in for venv, pip, uv and the process that follows; remembers what was asked."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.created: list[dict] = []
        self.commands: list[list[str]] = []
        self.failing: dict[str, int | BaseException] = {}
        self.folder: Path | None = None

    def create(self, folder, **options):
        self.created.append(options)
        python = bootstrap.venv_python()
        python.parent.mkdir(parents=True, exist_ok=True)
        python.touch()

    def call(self, command, **options):
        self.commands.append(command)
        words = " ".join(command)
        answer = next((code for part, code in self.failing.items() if part in words), 0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def check_call(self, command, **options):
        if code := self.call(command, **options):
            raise subprocess.CalledProcessError(code, command)

    def execv(self, path, command):
        assert path == command[0]
        self.folder = Path.cwd()
        raise BecameError(command)

    def asked(self, part):
        return [command for command in self.commands if part in " ".join(command)]

    def goes_on(self, *argv, main=bootstrap.main):
        """The command that the lab hands over to."""
        with pytest.raises(BecameError) as caught:
            main(list(argv))
        return caught.value.args[0]


@pytest.fixture
def machine(monkeypatch, tmp_path):
    machine = Machine(tmp_path)
    (tmp_path / "requirements.txt").write_text("something\n")
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "WINDOWS", False)
    monkeypatch.setattr(venv, "create", machine.create)
    monkeypatch.setattr(subprocess, "call", machine.call)
    monkeypatch.setattr(subprocess, "check_call", machine.check_call)
    monkeypatch.setattr(bootstrap.os, "execv", machine.execv)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    return machine


def test_the_first_call_installs_with_uv_and_opens_the_lab(machine, capsys):
    command = machine.goes_on("open", "--server.port", "8600")
    python = str(machine.home / ".venv" / "bin" / "python")
    assert command[:5] == [python, "-c", bootstrap.STREAMLIT, "run", "app.py"]
    assert command[-2:] == ["--server.port", "8600"]
    assert machine.folder == machine.home
    assert len(machine.created) == 1
    assert machine.asked("pip --disable-pip-version-check install --quiet uv")
    (uv,) = machine.asked("uv pip install")
    assert uv[:2] == [python, "-m"]
    assert uv[-4:] == ["--python", python, "--requirement", str(machine.home / "requirements.txt")]
    printed = capsys.readouterr()
    assert "Installing into .venv" in printed.err
    assert printed.out == ""


def test_nothing_is_asked_at_the_first_start(machine):
    """Streamlit asks newcomers for an e-mail address, and waits."""
    command = machine.goes_on("open")
    assert command[command.index("--server.showEmailPrompt") + 1] == "false"


def test_the_lab_listens_on_this_machine_only():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"


def test_the_second_call_starts_at_once(machine, capsys):
    machine.goes_on("test")
    machine.commands.clear()
    capsys.readouterr()
    started = machine.goes_on("test", "-k", "moons")
    assert started[1:] == ["-m", "pytest", *bootstrap.side_by_side(), "-k", "moons"]
    assert machine.commands == []
    assert len(machine.created) == 1
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("cores", "processes"), [(1, "0"), (2, "2"), (64, "8")])
def test_tests_run_side_by_side_on_the_cores_that_may_be_used(monkeypatch, cores, processes):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert bootstrap.side_by_side()[:2] == ["-n", processes]


def test_changed_requirements_are_installed_into_the_same_environment(machine):
    machine.goes_on("test")
    machine.commands.clear()
    (machine.home / "requirements.txt").write_text("something else\n")
    machine.goes_on("test")
    assert len(machine.asked("uv pip install")) == 1
    assert len(machine.created) == 1


def test_an_environment_whose_python_is_gone_is_made_anew(machine):
    machine.goes_on("test")
    bootstrap.venv_python().unlink()
    machine.goes_on("test")
    assert len(machine.created) == 2
    assert machine.created[-1]["clear"]
    assert len(machine.asked("uv pip install")) == 2


def test_an_environment_without_pip_gets_it(machine):
    """As uv makes them."""
    machine.goes_on("test")
    assert machine.asked("ensurepip") == []
    (bootstrap.VENV / "kdlab-installed").unlink()
    machine.failing["pip --version"] = 1
    machine.goes_on("test")
    assert len(machine.asked("ensurepip")) == 1


def test_a_python_without_ensurepip_is_told_what_to_install(machine, capsys):
    machine.failing = {"pip --version": 1, "ensurepip": 1}
    assert bootstrap.main(["open"]) == 1
    assert "sudo apt install python3-venv" in capsys.readouterr().err


@pytest.mark.parametrize("part", ["--quiet uv", "uv pip install"])
def test_where_uv_does_not_work_pip_does(machine, part):
    machine.failing[part] = 2
    machine.goes_on("open")
    assert machine.commands[-1][2:] == [
        "pip", "--disable-pip-version-check", "install", "--quiet",
        "--requirement", str(machine.home / "requirements.txt"),
    ]  # fmt: skip


def test_a_failed_installation_says_what_to_do_and_is_tried_again(machine, capsys):
    machine.failing["requirements.txt"] = 7
    assert bootstrap.main(["open"]) == 1
    message = capsys.readouterr().err
    assert "exit code 7" in message
    assert "Check the network and the free disk space" in message
    machine.failing.clear()
    machine.goes_on("open")
    assert len(machine.asked("uv pip install")) == 2


def test_a_folder_that_cannot_be_written_is_named(machine, monkeypatch, capsys):
    def refuse(folder, **options):
        raise PermissionError(13, "Permission denied", str(folder))

    monkeypatch.setattr(venv, "create", refuse)
    assert bootstrap.main(["open"]) == 1
    assert f"Permission denied: {str(machine.home / '.venv')!r}" in capsys.readouterr().err


def test_ctrl_c_while_installing_is_quiet(machine, capsys):
    machine.failing["uv pip install"] = KeyboardInterrupt()
    assert bootstrap.main(["open"]) == 130
    assert capsys.readouterr().err.endswith("Stopped. Run the same command again to resume.\n")
    assert not (bootstrap.VENV / "kdlab-installed").exists()


class Child:
    """A process that is told of two Ctrl-C by its terminal, and ends in its own time."""

    started: tuple[list[str], Path | None]

    def __init__(self, command, cwd=None):
        Child.started = (command, cwd)
        self.waits = iter([KeyboardInterrupt(), KeyboardInterrupt(), 5])

    def wait(self):
        answer = next(self.waits)
        if isinstance(answer, BaseException):
            raise answer
        return answer


def test_on_windows_the_lab_is_a_child_and_ends_by_itself(machine, monkeypatch):
    monkeypatch.setattr(bootstrap, "WINDOWS", True)
    monkeypatch.setattr(subprocess, "Popen", Child)
    assert bootstrap.main(["test", "-x"]) == 5
    python = str(machine.home / ".venv" / "Scripts" / "python.exe")
    assert Child.started == (
        [python, "-m", "pytest", *bootstrap.side_by_side(), "-x"],
        machine.home,
    )
    assert machine.created == [{"clear": True, "symlinks": False}]
    assert machine.asked("uv pip install")[0][0] == python
    assert bootstrap.main(["open", "--server.address", "0.0.0.0"]) == 5
    assert Child.started[0][-2:] == ["--server.address", "0.0.0.0"]


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 8, 1), (3, 10, 13)])
@pytest.mark.parametrize("argv", [["open"], ["test"], ["distill"], []])
def test_an_old_python_is_refused_in_words(machine, monkeypatch, capsys, version, argv):
    monkeypatch.setattr(sys, "version_info", version)
    assert door.main(argv) == 1
    message = f"This is Python {'.'.join(map(str, version))}. The lab needs Python 3.11 or newer.\n"
    assert capsys.readouterr().err == message
    assert machine.commands == []


@pytest.mark.parametrize("name", ["__init__", "__main__", "bootstrap"])
def test_an_old_python_can_read_the_files_that_refuse_it(name):
    source = (ROOT / "kdlab" / f"{name}.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    later = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "typing"]
    names = {alias.name for node in later for alias in node.names}
    assert names <= {"TYPE_CHECKING", "Any"}


@pytest.mark.parametrize(("command", "runner"), [("open", "streamlit run"), ("test", "pytest")])
def test_help_installs_nothing(machine, capsys, command, runner):
    assert bootstrap.main([command, "--help"]) == 0
    assert f"[options of {runner}]" in capsys.readouterr().out
    assert machine.commands == []


def bare(code):
    """Run ``code`` in a Python that has the standard library and this checkout, nothing else."""
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r})\nfrom kdlab import __main__ as door\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_a_bare_python_opens_the_lab():
    done = bare(
        "from kdlab import bootstrap\n"
        "bootstrap.install = lambda: '/somewhere/python'\n"
        "bootstrap.hand_over = lambda command, *_: print(command[:2] + command[3:5]) or 0\n"
        "code = door.main(['open'])\n"
        "known = {*sys.stdlib_module_names, 'kdlab', '__main__'}\n"
        "print({name.split('.')[0] for name in sys.modules} - known)\n"
        "sys.exit(code)"
    )
    assert done.returncode == 0, done.stderr
    command, others = done.stdout.splitlines()
    assert command == "['/somewhere/python', '-c', 'run', 'app.py']"
    assert others == "set()"


def test_a_bare_python_is_told_what_to_run(tmp_path):
    done = bare(
        "from pathlib import Path; from kdlab import bootstrap\n"
        f"bootstrap.VENV = Path({str(tmp_path)!r})\n"
        "sys.exit(door.main(['distill']))"
    )
    assert done.returncode == 1
    assert "is not installed in" in done.stderr
    assert "Run `python -m kdlab open` once" in done.stderr
    assert "Traceback" not in done.stderr


def lacking(name, monkeypatch):
    """The command line in a Python that lacks a package."""
    from kdlab import cli

    def main(argv):
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr(cli, "main", main)


def test_other_commands_go_on_in_the_environment_from_where_they_are(machine, monkeypatch):
    machine.create(bootstrap.VENV)
    lacking("torch", monkeypatch)
    command = machine.goes_on("distill", "--config", "mine.json", main=door.main)
    assert command[1:] == ["-m", "kdlab", "distill", "--config", "mine.json"]
    assert command[0] == str(machine.home / ".venv" / "bin" / "python")
    assert machine.folder == machine.home / "elsewhere"


def test_inside_the_environment_it_does_not_hand_over_to_itself(machine, monkeypatch, capsys):
    machine.create(bootstrap.VENV)
    monkeypatch.setattr(sys, "prefix", str(bootstrap.VENV))
    lacking("torch", monkeypatch)
    assert door.main(["distill"]) == 1
    assert "torch is not installed" in capsys.readouterr().err


def test_a_missing_part_of_the_lab_itself_is_not_hidden(machine, monkeypatch):
    lacking("kdlab.nonsense", monkeypatch)
    with pytest.raises(ModuleNotFoundError, match=r"kdlab\.nonsense"):
        door.main(["distill"])
