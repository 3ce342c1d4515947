"""What was typed wrong: command lines that cannot be read, and errors of the library, each said in one line."""

import re
from typing import Any

import typer
from typer.core import TyperGroup

from photostyle.cli.method_options import flag_of
from photostyle.errors import OptionError, PhotostyleError
from photostyle.registry import nearest

# Typer gives no name to the base of such errors, and since 0.26 it carries a click of its own.
UsageError: type[Exception] = typer.BadParameter.__mro__[1]

_OF_ONE_PHOTO = ("run", "render", "look", "lut")


class CommandGroup(TyperGroup):
    """A group of commands that says which one an unknown name is like."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            names = tuple(self.list_commands(ctx))
            meant = nearest(args[0], names) or f"; the commands are {', '.join(names)}"
            raise OptionError(f"there is no command {args[0]}{meant}")
        return super().resolve_command(ctx, args)


def error_line(error: PhotostyleError) -> str:
    """The text of an error of the library, and the flag of the option that it is about, if it names one."""
    text = str(error)
    if error.option is None:
        return text
    flag = flag_of(error.option)
    if flag in text or re.match(rf"{flag[2:]}\b", text):  # said already
        return text
    return f"{text} ({flag})"


def usage_line(error: Any) -> str:
    """What is wrong with a command line that Typer could not read, and what to do.

    Args:
        error: a `UsageError`. Its kinds are told apart by their names, which all versions of Typer share.
    """
    kind = type(error).__name__
    if kind == "NoSuchOption":
        return f"there is no option {error.option_name}{_nearest_flag(error)}"
    if kind == "BadOptionUsage":
        if "does not take" in error.message:
            return f"{error.option_name} takes no value; leave it out"
        return f"{error.option_name} needs a value{_see_help(error)}"
    if kind == "MissingParameter" and error.param is not None:
        return f"{_name_of(error.param)} is missing{_see_help(error)}"
    if kind == "BadParameter" and error.param is not None:
        return f"{_name_of(error.param)}: {_clause(error.message)}{_see_help(error)}"
    text = _clause(error.format_message())
    if "extra argument" in text and error.ctx is not None and error.ctx.command.name in _OF_ONE_PHOTO:
        text += ": it takes one photo, and photostyle batch takes many"
    return f"{text}{_see_help(error)}"


def _nearest_flag(error: Any) -> str:
    """The option of the command that a misspelt one is like; else where to find them all."""
    names = ["help"]
    if error.ctx is not None:
        for parameter in error.ctx.command.params:
            if parameter.param_type_name == "option":
                names += [flag.lstrip("-") for flag in (*parameter.opts, *parameter.secondary_opts)]
    meant = nearest(error.option_name.lstrip("-"), tuple(names))
    return meant.replace("mean ", "mean --") or _see_help(error)


def _name_of(parameter: Any) -> str:
    """An option by its longest flag, an argument by its name in capitals."""
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return max(parameter.opts, key=len)  # type: ignore[no-any-return]


def _see_help(error: Any) -> str:
    if error.ctx is None:
        return ""
    return f"; see {error.ctx.command_path} --help"


def _clause(text: str) -> str:
    """A sentence as part of a line."""
    return " ".join((text[:1].lower() + text[1:]).split()).rstrip(".")
