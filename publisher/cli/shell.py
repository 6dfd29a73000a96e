"""What all commands share: the project, the AWS identity, and where output goes."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import typer

from publisher.aws.waiting import Clock
from publisher.cli.cache_folder import cache_folder
from publisher.cli.columns import Block, shortened, text_of
from publisher.cli.output import Output, json_lines
from publisher.cli.progress import Silence, bar, step_line
from publisher.cli.run_log import RunLog, installed_versions
from publisher.cli.screen import Screen
from publisher.cli.signals import Signals
from publisher.errors import InputError, Interrupted, PublisherError, Refused, and_more, command
from publisher.templates.result_cache import results

if TYPE_CHECKING:
    from publisher.aws.clients import Aws
    from publisher.declarations import Repository
    from publisher.publishing.targets import PublishingTarget
    from publisher.stopping import Stop
    from publisher.templates.lint import ProgressCallback


def help_without_command(context: typer.Context) -> None:
    """The callback of a group of commands: its name alone shows its help."""
    if context.invoked_subcommand is None:
        document = {"help": f"{context.command_path} --help"}
        context.obj.result(document, *context.get_help().splitlines(), whole=True)
        raise typer.Exit


class Shell:
    """One run of the command line. stdout gets the result, stderr progress and errors."""

    def __init__(
        self,
        *,
        environment: Mapping[str, str],
        stdin: TextIO,
        stdout: TextIO,
        stderr: TextIO,
        connect: Callable[..., Aws] | None,
        clock: Clock,
        signals: Signals | None = None,
    ) -> None:
        self.environment = environment
        self._connect, self.clock = connect, clock
        self._stdin = stdin
        self._stdout, self._stderr = (Output(it, environment) for it in (stdout, stderr))
        self._silence = Silence(clock.now)
        self._step: tuple[int, int] | None = None
        self._asking = False
        # What the run does: the last note that is no detail of another.
        self._about: str | Callable[[], str] = ""
        self.directory = Path()
        self.local = self.as_json = self.quiet = self.verbose = False
        self.profile = self.region = ""
        self.targets: tuple[str, ...] = ()
        # The command line, for the log.
        self.words: Sequence[str] = ()
        self._log: RunLog | None = None
        self._started = clock.now()
        # With --json there is one document: an error after the result goes to stderr.
        self._answered = False
        self._signals = signals or Signals()
        # Whether it has written to AWS: then a result that stdout does not take must not be lost.
        self._writes = False

    def configure(
        self,
        *,
        directory: Path,
        local: bool,
        profile: str,
        region: str,
        targets: Sequence[str],
        as_json: bool,
        quiet: bool,
        verbose: bool,
        log: Path | None,
        cache: bool = True,
    ) -> None:
        """Sets the global options. Raises InputError."""
        if not directory.is_dir():
            raise InputError(
                f"folder '{directory}' not found", hint="set --directory to the project's folder"
            )
        self.directory, self.local, self.profile, self.region = directory, local, profile, region
        self.targets = tuple(targets)
        command.repeat(
            project=() if directory == Path() else ("-C", str(directory)),
            account=self._account(*(("--region", region) if region else ()), *self._target_options()),
        )
        self.as_json, self.quiet, self.verbose = as_json, quiet, verbose
        results.folder = cache_folder(self.environment) if cache else None
        if log is not None:
            from publisher.documents import log_file

            self._log = RunLog(log_file(log), self.clock.date)
            self._log.write(
                "start", command=["publisher", *self.words], versions=installed_versions(), pid=os.getpid()
            )
            self.clock.activities.finished = self._log.call

    def aws(self, *, launching: bool = False) -> Aws:
        """The AWS identity of a command; with --local the administrator's, or the launcher's.

        With a target it refuses every call in another account. Raises InputError.
        """
        # Launches may be anywhere: the targets are where a project publishes.
        if launching and not self.targets:
            return self._caller(launching=True)
        return self.target(launching=launching).aws

    def located(self, path: str | Path) -> Path:
        """A path from the project's folder or, if nothing is there, from the current one."""
        within = self.directory / path
        return Path(path) if Path(path).exists() and not within.exists() else within

    @cached_property
    def repository(self) -> Repository | None:
        """The declarations without launch configs; None in a project of these alone. Raises InputError."""
        from publisher.declarations import load
        from publisher.declarations.form import PRODUCTS

        return load(self.directory, configs=False) if (self.directory / PRODUCTS).is_dir() else None

    @property
    def names_account(self) -> bool:
        """Whether the command line says which account is meant."""
        return bool(self.local or self.profile or self.targets)

    def target(self, *, launching: bool = False) -> PublishingTarget:
        """The target of a command for one account and Region. Raises InputError when there are several."""
        found = self.publishing_targets(launching=launching)
        if len(found) > 1:
            names = ", ".join(it.name for it in found)
            which = "--target matches" if self.targets else "the project has"
            raise InputError(
                f"{which} {len(found)} targets ({names})",
                hint="choose one with --target: this command needs one",
            )
        return found[0]

    def publishing_targets(
        self, *, launching: bool = False, planning: bool = False, updating: bool = False
    ) -> tuple[PublishingTarget, ...]:
        """The targets of configs/targets.yaml, those that --target names; without a file the caller's own."""
        from publisher.declarations.targets import read_targets
        from publisher.publishing.targets import select_targets

        file = read_targets(self.directory)
        # Targets name their Regions; the Region of the caller is only where roles are asked for.
        caller = self._caller(launching=launching)
        return select_targets(
            file,
            caller,
            self.targets,
            region=self.region,
            launching=launching,
            planning=planning,
            updating=updating,
        )

    def in_account(self, account_id: str, region: str, *, hint: str) -> Aws:
        """The caller in a Region, who has to be of this account: else each call raises Refused."""
        from publisher.aws.clients import Expected

        expected = Expected(account_id=account_id, hint=hint)
        return self._caller(launching=False).expecting(expected, region=region)

    def operations(self, aws: Aws, account_id: str, region: str) -> Aws | None:
        """Who does what launchers may not do themselves: the operations role of an account and Region.

        The caller, `aws`, assumes it. None, with a note, where he may not, and without one where no target
        has such a role: then the caller is left to try, and what is denied to him is reported as not checked.
        """
        from publisher.aws.calls import is_denied
        from publisher.declarations.targets import read_targets
        from publisher.errors import AwsError

        if self.local:
            return self._caller(launching=False)
        file = read_targets(self.directory)
        role = file.operations_role(account_id, region) if file else ""
        if not role:
            return None
        found = aws.assuming(role, region=region)
        try:
            # The first call assumes it.
            _arn = found.identity
        except AwsError as error:
            if not is_denied(error):
                raise
            self.note(f"operations role {role} not used: you are not allowed to assume it")
            return None
        return found

    def _caller(self, *, launching: bool) -> Aws:
        from publisher.aws.clients import Aws

        connect = self._connect or Aws
        region = self.region or None
        if not self.local:
            return connect(clock=self.clock, profile=self.profile or None, region=region)
        from publisher.cli.endpoint import FAULTS, start_endpoint

        profile = self.environment.get(FAULTS, "")
        with self.doing("starting the local endpoint"):
            endpoint, _ = start_endpoint(self.directory, note=self.note, profile=profile)
        return connect(
            clock=self.clock,
            profile=self.profile or (endpoint.launcher_profile if launching else endpoint.admin_profile),
            region=region or endpoint.region,
            endpoint_url=endpoint.url,
            config_file=endpoint.config_file,
        )

    def result(
        self, document: Any, *blocks: Block, whole: bool = False, failure: PublisherError | None = None
    ) -> None:
        """The command's result: a JSON document (plain values) or lines and tables for people.

        `whole`: no line is broken, as other programs read them. A failure is shown, too, and raised.
        """
        if failure:
            document = document | {"error": failure.document()}
        self._answered = True
        self._stderr.status(None)
        if self.as_json:
            self._stdout.lines(*json_lines(document), whole=True)
        elif any(blocks):
            self._stdout.lines(*without_end(blocks), whole=whole)
        if self._stdout.failure and self._writes:
            self._print(*blocks)
        if failure:
            raise failure

    def note(self, *blocks: Block) -> None:
        """Lines of progress."""
        self._about = next((it for it in blocks if isinstance(it, str) and it[:1] != " "), self._about)
        if not self.quiet:
            self._print(*blocks)
        self._record(*blocks)

    def _print(self, *blocks: Block) -> None:
        if self._step is None:
            self._stderr.status(None)
        self._stderr.lines(*blocks)
        self._silence.end()

    def _record(self, *blocks: Block, event: str = "progress") -> None:
        """Each line with its time, so that the log of a run that was stopped says how far it came."""
        if self._log is not None:
            for line in text_of(blocks, Screen()).splitlines():
                self._log.write(event, text=line.rstrip())

    @contextmanager
    def progress(self) -> Iterator[ProgressCallback]:
        """Shows the progress of many steps: a bar on a terminal, else a line for each."""

        def step(text: str, done: int, total: int) -> None:
            line = step_line(text, done, total)
            self._record(line)
            if self.quiet:
                return
            if self._stderr.live:
                self._step = done, total
                self._stderr.status(partial(bar, text, done, total))
                self._silence.end()
            else:
                self._print(line)

        try:
            yield step
        finally:
            self._step = None
            self._stderr.status(None)

    @contextmanager
    def doing(self, text: str | Callable[[], str]) -> Iterator[None]:
        """What takes long now and how far it is, for those who wait, in the place of the last note."""
        before, self._about = self._about, text
        yield
        self._about = before

    @contextmanager
    def idle(self) -> Iterator[None]:
        """While it waits for somebody, nothing is said of waiting."""
        self._asking = True
        yield
        self._asking = False

    def tick(self) -> None:
        """Says what the run waits for, if nothing was printed for two seconds. For any thread."""
        seconds = self._silence.seconds()
        if not seconds or self._asking:
            return
        doing = self._about if isinstance(self._about, str) else self._about()
        about = "; ".join(filter(None, (str(self.clock.activities), doing)))
        text = f"waiting ({seconds} s): {about or 'reading and rendering the files'}"
        due = self._silence.due()
        if self._stderr.live and not self.quiet:
            show = partial(bar, text, *self._step) if self._step else partial(shortened, text)
            self._stderr.status(show)
        elif due and not self.quiet:
            self._stderr.lines(text)
        if due:
            self._record(text)

    def detail(self, line: str) -> None:
        """A line of progress that only --verbose asks for."""
        if self.verbose:
            self.note(line)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks before writing, unless `yes`. Raises Refused."""
        if yes:
            return
        if self.as_json or not _is_terminal(self._stdin) or not self._stderr.isatty():
            raise Refused("not confirmed: cannot prompt without a terminal", hint="add --yes")
        self._asking = True
        self._stderr.status(None)
        self._stderr.question(f"{question} [y/N]")
        answer = self._answer()
        self._asking = False
        if answer.strip().lower() not in {"y", "yes"}:
            raise Refused("not confirmed", hint="nothing was written")

    def _answer(self) -> str:
        answer = ""
        try:
            answer = self._stdin.readline()
        except (OSError, ValueError):
            # A terminal that has gone, or no text: no answer.
            pass
        finally:
            if not answer.endswith("\n"):
                self._stderr.write("\n")
        return answer

    @contextmanager
    def writing(self) -> Iterator[Stop]:
        """While AWS is written to, the first signal only asks the Stop: what is under way is finished."""

        def report(under_way: list[str]) -> None:
            waits = f"waiting for {and_more(under_way)}" if under_way else "stopping"
            # The signal may have come in the middle of a line.
            with suppress(RuntimeError):
                self._write_error(f"interrupted: {waits}; no more is started (again: end at once)")

        self._writes = True
        with self._signals.stopping(report) as stop:
            yield stop

    def fail(self, error: PublisherError) -> int:
        """Prints an error, and returns its exit code."""
        problems = error.problems if isinstance(error, InputError) else ()
        if self.as_json and not self._answered:
            self._stdout.lines(*json_lines({"error": error.document()}), whole=True)
        elif problems:
            for problem in problems:
                self._error(str(problem), problem.hint)
            if error.hint not in {problem.hint for problem in problems}:
                self._write_error(f"hint: {error.hint}")
        else:
            self._error(error.message, error.hint)
        return self._signals.exit_code if isinstance(error, Interrupted) else error.exit_code

    def _error(self, message: str, hint: str) -> None:
        self._write_error(f"error: {message}", *([f"hint: {hint}"] if hint else []))

    def command_in(self, region: str, name: str, *words: str) -> str:
        """A command for the same account in another Region."""
        options = ("--region", region)
        if self.targets:
            options = ("--target", f"{self.aws().account_id}/{region}")
        return command(name, *words, account=self._account(*options))

    def _target_options(self) -> tuple[str, ...]:
        return tuple(word for it in self.targets for word in ("--target", it))

    def _account(self, *options: str) -> tuple[str, ...]:
        local = ("--local",) if self.local else ()
        return (*local, *(("--profile", self.profile) if self.profile else ()), *options)

    def _write_error(self, *blocks: Block) -> None:
        self._print(*blocks)
        self._record(*blocks, event="error")

    def misused(self, message: str, *, help_command: str) -> int:
        """The command line itself is wrong."""
        return self.fail(InputError(message, hint=f"see {help_command}"))

    def failed_io(self, error: OSError) -> int:
        """A file could not be read or written."""
        where = f": {error.filename}" if error.filename else ""
        kind = InputError if error.errno == errno.ENAMETOOLONG else PublisherError
        return self.fail(kind(f"{error.strerror or error}{where}"))

    def interrupted(self) -> int:
        """A signal has ended the run before it wrote anything."""
        return self.fail(Interrupted("interrupted", hint="run the same command again to continue"))

    def broken(self, error: Exception) -> int:
        """A bug: prints the traceback, and an error in the requested form."""
        self._write_error(*"".join(traceback.format_exception(error)).splitlines())
        first = str(error).partition("\n")[0]
        return self.fail(
            PublisherError(
                f"{type(error).__name__}: {first}",
                hint="this is a bug in publisher: report it with the output of --log FILE",
            )
        )

    def close(self, code: int) -> int:
        """Closes the log. The exit code of the run: one whose result or log could not be written failed."""
        self._stderr.status(None)
        command.repeat()
        if self._log is not None:
            self.clock.activities.finished = None
            self._log.write("exit", code=code, ms=round(1000 * (self.clock.now() - self._started)))
            self._log.close()
        lost: dict[str, Output | RunLog | None] = {"the result": self._stdout, "the log": self._log}
        for what, output in lost.items():
            if output is None or output.failure is None:
                continue
            code = code or PublisherError.exit_code
            # A reader that has seen enough, like head.
            if self._writes or output.failure.errno != errno.EPIPE:
                self._stderr.lines(f"error: cannot write {what}: {output.failure.strerror or output.failure}")
        return code


def without_end(blocks: Sequence[Block]) -> Sequence[Block]:
    """The blocks without the empty lines at the end."""
    end = len(blocks)
    while end and not blocks[end - 1]:
        end -= 1
    return blocks[:end]


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:
        return False
