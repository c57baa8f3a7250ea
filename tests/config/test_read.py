"""Reading a site file: a Site, or all that is wrong, and nothing else whatever the text is."""

from __future__ import annotations

import subprocess  # noqa: TID251  # a fresh interpreter shows what is imported
import sys
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

from pulp_quadlet.config.diagnosis.diagnose import place_of
from pulp_quadlet.config.diagnosis.translate import translate
from pulp_quadlet.config.read import read
from pulp_quadlet.config.tables import Site
from pulp_quadlet.errors import SiteError
from pulp_quadlet.report.problems import format_error

GOOD = """\
# A site with something of everything.
[site]
name = "pulp"
url = "https://pulp.example.org"

[image]
extra_index_urls = ["https://pypi.example.org/simple/"]
pip_options = [
  "--pre", # a comment
]

[plugins]
pulp-python = ">=3.30"

[workers]
count = 4
memory = "2G"

[database]
host = "db.example.org"
password = { secret = "database" }
sslmode = "verify-full"

[storage]
backend = "s3"
bucket = "artifacts"
access_key = { file = "/etc/key" }

[web]
https = 443
addresses = ["0.0.0.0", '::']
tls.key = { secret = "key" }
tls.certificate = { secret = "certificate" }

[settings]
ANALYTICS = false
RATIO = 1.5
SINCE = "1979-05-27"
TEXT = \"\"\"
many
lines\"\"\"
"""
PIECES = st.sampled_from(
    [
        *"[]{}\"'=.,#\n\t \\-_\r\x00\x1b\u201c\u00a0\u540d\U0001f600\ud800",
        "inf",
        "nan",
        "\n[site]\n",
        '"""',
        "[[",
        "]]",
        "0x",
        "= {",
        "1" * 30,
    ]
)
EDITS = st.lists(
    st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), st.one_of(st.just(""), PIECES, st.text(max_size=3))),
    min_size=1,
    max_size=5,
)


def edited(edits: list[tuple[int, int, str]]) -> str:
    text = GOOD
    for place, dropped, added in edits:
        text = text[:place] + added + text[place + dropped :]
    return text


def assert_site_or_problems(text: str) -> None:
    error = None
    try:
        read(text, "site.toml")
    except SiteError as refused:
        error = refused
    if error is None:
        return
    lines = text.replace("\r\n", "\n").split("\n")
    assert error.problems
    for problem in error.problems:
        assert problem.where is not None
        assert problem.where.width >= 1
        assert 1 <= problem.where.column <= len(lines[problem.where.line - 1]) + 1
    assert format_error(error, colour=False)


def test_the_good_site_is_good() -> None:
    assert read(GOOD, "site.toml").workers.count == 4
    assert read(GOOD.replace("\n", "\r\n"), "site.toml").workers.count == 4


@given(EDITS)
def test_any_edit_of_a_good_site_is_read_or_explained(edits: list[tuple[int, int, str]]) -> None:
    assert_site_or_problems(edited(edits))


@given(st.data())
def test_any_mixture_of_its_lines_is_read_or_explained(data: st.DataObject) -> None:
    lines = data.draw(st.lists(st.sampled_from(GOOD.splitlines()), max_size=25))
    assert_site_or_problems("\n".join(lines))


VALUES = st.sampled_from(
    [
        *('"x"', "1", "-1", "1.5", "true", "[]", "{}", "[[]]", '["x"]', "[1]", "{ a = 1 }", '{ secret = "x" }', "inf"),
        *("nan", "1979-05-27", "07:32:00", '"""\nx"""', "''", "9" * 5000, "1e400", '{ file = "/x", secret = "y" }'),
        "[{}]",
    ]
)


def _all_keys() -> list[str]:
    keys = ["top", "site", "storage.backend"]
    for table, info in Site.model_fields.items():
        models = [info.annotation, *(get_args(member)[0] for member in get_args(info.annotation) if get_args(member))]
        names = {name for model in models for name in getattr(model, "model_fields", {})}
        keys += [table, *(f"{table}.{name}" for name in sorted(names)), f"{table}.other"]
    return keys


@given(st.sampled_from(_all_keys()), VALUES)
def test_any_value_at_any_key_is_read_or_explained(key: str, value: str) -> None:
    assert_site_or_problems(f'{key} = {value}\nsite.url = "https://pulp.example.org"\n')


@pytest.mark.parametrize("kind", get_args(ErrorType))
@pytest.mark.parametrize(
    "location",
    [("workers", "count"), ("site", "name"), ("web", "tls"), ("storage",), ("plugins", "x", "[key]")],
    ids=".".join,
)
def test_no_sentence_of_pydantic_is_told(kind: str, location: tuple[str | int, ...]) -> None:
    document = {"workers": {"count": ""}, "site": {"name": ""}, "web": {"tls": ""}, "storage": "", "plugins": {"x": ""}}
    details = ErrorDetails(type=kind, loc=location, msg="Input should be of pydantic", input="")
    (fault,) = translate(Site, document, [details])
    told = " ".join((fault.message, *fault.help))
    assert "Input" not in told
    assert not fault.message.endswith(".")


def test_a_right_site_does_not_pay_for_the_explanations() -> None:
    code = (
        "import sys; from pulp_quadlet.config.read import read;"
        "read('[site]\\nurl = \"https://pulp.example.org\"\\n', 'site.toml');"
        "print([name for name in sys.modules if 'diagnosis' in name or name in ('difflib', 'unicodedata')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.long
@pytest.mark.parametrize(
    "line",
    ["x{} = 1\n", "x{} = y\n", "[x{}]\n", "[workers]\n", "x = [\n", "x{} = {{\n", '"', "a.", "[" * 40, "'''"],
)
def test_a_large_wrong_file_is_told_in_few_problems(line: str) -> None:
    """The work is bounded by how many mistakes are told, or this test would take minutes."""
    text = "[site]\n" + "".join(line.format(number) for number in range(64 * 1024 // (len(line) + 6)))
    with pytest.raises(SiteError) as caught:
        read(text, "site.toml")
    assert 1 <= len(caught.value.problems) <= 101


def test_the_error_keeps_no_value_of_the_file() -> None:
    with pytest.raises(SiteError) as caught:
        read('[site]\nurl = "https://x.org"\n[database]\npassword = "hunter2"\n', "site.toml")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "hunter2" not in repr(caught.value.problems)


def test_other_parts_can_ask_for_a_place() -> None:
    where = place_of(("workers", "count"), GOOD.replace("\n", "\r\n"), "site.toml")
    assert (where.line, where.column, where.width, where.source) == (16, 9, 1, "count = 4")
    table = place_of(("workers", "drain"), GOOD, "site.toml")
    assert (table.line, table.column, table.width) == (15, 1, len("[workers]"))
    secret = place_of(("database", "password"), '[database]\npassword = "hunter2"\n', "site.toml")
    assert secret.source == "password = ***"
