"""Images and audits in words."""

from __future__ import annotations

from typing import Any

from pulp_quadlet.report.images import audit_text, images_text, pruned_text, size_text

AUDIT: dict[str, Any] = {
    "site": "pulp",
    "images": [{"role": "pulp"}, {"role": "web"}],
    "findings": [],
    "asked": 121,
    "vulnerable": 0,
    "untold": 0,
    "silent": [],
}


def test_a_site_without_findings() -> None:
    assert audit_text(AUDIT) == (
        "Nothing was found: 2 images are what their bills of materials say.\n"
        "\n"
        "The package index knows of 0 vulnerable packages among 121."
    )


def test_findings_are_a_table() -> None:
    findings = [
        {"role": "pulp", "kind": "added", "message": "six 1.0 is in it, and not in its bill of materials"},
        {"role": "web", "kind": "vulnerable", "message": "a 1 is vulnerable: \x1b[31mX"},
    ]
    assert audit_text({**AUDIT, "findings": findings, "vulnerable": 1, "untold": 3, "silent": ["away", "404"]}) == (
        "2 findings in 2 images:\n"
        "\n"
        "ROLE  FOUND\n"
        "pulp  added       six 1.0 is in it, and not in its bill of materials\n"
        "web   vulnerable  a 1 is vulnerable: \\x1b[31mX\n"
        "\n"
        "The package index knows of 1 vulnerable package among 118.\n"
        "It cannot tell of 3 others: away; 404."
    )


def test_an_audit_without_an_index_says_so() -> None:
    assert audit_text({**AUDIT, "asked": 0}).endswith("Whether versions are known to be vulnerable was not asked.")


def test_images_are_listed_with_their_generations() -> None:
    stored = {"role": "pulp", "reference": "a:1", "id": "0123456789abcdef", "size": 425_000_000, "created": 1000.0}
    gone = {"role": "web", "reference": "b:2", "id": "", "size": 0, "created": 0.0}
    assert images_text([{**stored, "generations": [1, 2]}, {**gone, "generations": []}], 1000.0 + 7200) == (
        "ROLE  IMAGE  ID            SIZE    AGE  GENERATIONS\n"
        "pulp  a:1    0123456789ab  425 MB  2 h  1, 2\n"
        "web   b:2    not here      -       -    -"
    )


def test_what_goes_is_named_with_its_bytes() -> None:
    told = {"dry_run": True, "images": ["a:1", "b:2"], "wheels": ["built/0f"], "bytes": 5e6}
    assert pruned_text(told) == (
        "3 things would be removed, up to 5 MB:\n    - a:1\n    - b:2\n    - the wheel built/0f"
    )
    one = {"dry_run": False, "images": [], "wheels": ["a.whl"], "bytes": 10}
    assert pruned_text(one) == "1 thing is removed, up to 10 B:\n    - the wheel a.whl"
    nothing = {"dry_run": False, "images": [], "wheels": [], "bytes": 0}
    kept = "Nothing is to be removed: a generation that is kept needs each image and wheel."
    assert pruned_text(nothing) == kept


def test_ages_and_sizes() -> None:
    ages = [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600 * 23, "23 h"), (86400 * 9, "9 d")]
    one = {"role": "r", "reference": "a", "id": "1", "size": 5, "created": 0.0, "generations": []}
    for seconds, text in ages:
        assert f"5 B   {text}" in images_text([one], seconds)
    assert [size_text(size) for size in (999, 5e4, 9e6, 1.23e9)] == ["999 B", "50 kB", "9 MB", "1.2 GB"]
