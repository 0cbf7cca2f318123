"""The command `toylab`: finds the subcommand, imports only that one, and turns every known error into a sentence.

Exit status: 0 all conform, 1 something does not, 2 usage or a bad file, 3 this machine cannot run it, 4 an internal
error, 130 interrupted.
"""

from __future__ import annotations

import errno
import importlib
import sys
from contextlib import suppress

import click

from harness.errors import ToylabError
from toylab import VERSION

COMMANDS = {
    "run": "Run the scenarios of a spec and judge them.",
    "list": "List scenarios, cases or clauses.",
    "show": "Show a case of a run as text.",
    "check": "Check scenario files, or judge a stored run again.",
    "report": "Write the HTML report of a run.",
    "step": "Step through a handshake, packet by packet.",
    "mutants": "Run the broken variants of a toy: each must be convicted.",
    "spec": "Print a spec as a document.",
    "catalogue": "Print the situations, each with its scenarios and clauses.",
    "schema": "Print the JSON Schema of scenario files or results.",
    "doctor": "Say what this machine has, lacks, and how to get it.",
}
CANNOT, INTERNAL = 3, 4
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})
"""What is wrong with the machine's disk, and not with us."""
EPILOG = """\b
examples:
  toylab run toy9
  toylab run toy9 refused -k 'ipv6 and not select'
  toylab run toy9 --subject 'python client.py {host} {port}'
  toylab doctor
"""


class Commands(click.Group):
    """Knows its subcommands by name, and imports one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"toylab.commands.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """From the table alone: help must not wait for imports."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from difflib import get_close_matches

            near = get_close_matches(args[0], COMMANDS, 1)
            raise click.UsageError(f"no such command {args[0]!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return super().resolve_command(ctx, args)


@click.command(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="toylab")
def group() -> None:
    """A conformance lab for non-blocking sockets: real kernels, five witnesses, one judgement."""


def main() -> None:
    """The entry point; never shows a traceback for what is the user's or the machine's to mend."""
    try:
        status = group.main(standalone_mode=False)
    except click.exceptions.Exit as left:
        status = left.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except ToylabError as error:
        click.echo(f"toylab: {error}", err=True)
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("toylab: interrupted", err=True)
        status = 130
    except BrokenPipeError:
        _close_output()
        status = 0
    except OSError as error:
        _close_output()
        click.echo(f"toylab: {error.filename}: {error.strerror}" if error.filename else f"toylab: {error}", err=True)
        status = CANNOT if error.errno in NO_ROOM else INTERNAL
    except Exception:  # 1 would say that the subject does not conform
        import traceback

        click.echo(f"{traceback.format_exc()}toylab: this is a mistake in toylab itself", err=True)
        status = INTERNAL
    sys.exit(status if isinstance(status, int) else 0)


def _close_output() -> None:
    """What could not be written is forgotten: at its end the interpreter would try again, and exit with 120."""
    with suppress(OSError):
        sys.stdout.close()
