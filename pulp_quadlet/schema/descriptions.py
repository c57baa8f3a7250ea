"""What the keys of a table are for: the texts below them in the source, for help, for editors and for the manual.

pydantic's `use_attribute_docstrings` would read them at each start of the program, and take a tenth of it.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

from pydantic import BaseModel


@cache
def descriptions(table: type[BaseModel]) -> dict[str, str]:
    """The text of each key that has one, inherited keys included."""
    found: dict[str, str] = {}
    for each in reversed(table.__mro__):
        if issubclass(each, BaseModel) and each is not BaseModel:
            found |= dict(_own(each))
    return found


def _own(table: type[BaseModel]) -> Iterator[tuple[str, str]]:
    (parsed,) = ast.parse(inspect.getsource(table)).body
    for field, text in pairwise(parsed.body if isinstance(parsed, ast.ClassDef) else ()):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=key)), ast.Expr(value=ast.Constant(value=str(words))):
                yield key, inspect.cleandoc(words)
