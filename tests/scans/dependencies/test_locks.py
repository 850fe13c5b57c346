"""Lock files: what each says is installed, and what it says of nothing."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from esclusa.scans.dependencies.locks.known import reader_of
from esclusa.scans.dependencies.locks.python import PIN, requirements
from esclusa.scans.dependencies.locks.texts import Read
from esclusa.scans.dependencies.package import Ecosystem, Package, Problem, of_purl
from tests.scans.choices import Choices, choices

Licences = tuple[str, ...] | None


def read(name: str, text: str) -> list[Read]:
    reader = reader_of(name)
    assert reader is not None
    return list(reader(text, name))


def pypi(name: str, version: str, file: str, line: int = 0) -> Package:
    return _package("PyPI", name, version, file, line)


def npm(name: str, version: str, file: str, line: int = 0, licences: Licences = None) -> Package:
    return _package("npm", name, version, file, line, licences)


def _package(
    ecosystem: Ecosystem, name: str, version: str, file: str, line: int, licences: Licences = None
) -> Package:
    return Package(ecosystem=ecosystem, name=name, version=version, file=file, line=line, licences=licences)


def test_pins_with_hashes_are_read_and_ranges_are_not_looked_at() -> None:
    text = (
        "# python 3.11\n--index-url https://example.org\n-r base.txt\n"
        "Foo.Bar==1.0 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "baz[extra]==2.0 ; python_version > '3'  # why\nqux>=1\n-e .\ngit+https://x/y.git\n\n"
    )
    file = "requirements.txt"
    assert read(file, text) == [
        pypi("foo-bar", "1.0", file, 4),
        pypi("baz", "2.0", file, 7),
        Problem(line=8, why="`qux>=1` is not pinned", mend=PIN),
        Problem(line=9, why="`-e .` is no version of a package", mend=PIN),
        Problem(line=10, why="`git+https://x/y.git` is not pinned", mend=PIN),
    ]


@pytest.mark.parametrize("name", ["poetry.lock", "a/uv.lock", "pdm.lock"])
def test_tables_of_packages_are_read(name: str) -> None:
    text = (
        'version = 1\n\n[[package]]\nname = "Foo"\nversion = "1.0"\n\n[[package]]\nname = "us"\n'
        'source = { virtual = "." }\n\n[[package]]\nname = "bar"\n'
    )
    assert read(name, text) == [pypi("foo", "1.0", name, 4), Problem(line=12, why="`bar` has no version")]


def test_a_lock_of_the_standard_is_read() -> None:
    text = 'lock-version = "1.0"\n[[packages]]\nname = "foo"\nversion = "1.0"\n'
    assert read("pylock.toml", text) == [pypi("foo", "1.0", "pylock.toml", 3)]


def test_a_pipfile_lock_is_read() -> None:
    text = json.dumps({"default": {"Foo": {"version": "==1.0"}}, "develop": {"bar": {"git": "x"}}}, indent=1)
    assert read("Pipfile.lock", text) == [
        pypi("foo", "1.0", "Pipfile.lock", 3),
        Problem(line=8, why="`bar` is not pinned", mend=PIN),
    ]


def test_a_lock_of_npm_is_read_in_its_later_form() -> None:
    packages = {
        "": {"name": "us", "version": "1.0.0"},
        "node_modules/@a/b": {"version": "1.2.3", "license": "(MIT OR Apache-2.0)"},
        "node_modules/c/node_modules/d": {"version": "0.1.0", "licenses": [{"type": "MIT"}, {"type": "ISC"}]},
        "node_modules/alias": {"name": "real", "version": "3.0.0"},
        "packages/ours": {"version": "1.0.0"},
        "node_modules/ours": {"resolved": "packages/ours", "link": True},
        "node_modules/git": {"version": "git+ssh://x"},
    }
    text = json.dumps({"lockfileVersion": 3, "packages": packages}, indent=1)
    file = "package-lock.json"
    assert read(file, text) == [
        npm("@a/b", "1.2.3", file, 8, ("(MIT OR Apache-2.0)",)),
        npm("d", "0.1.0", file, 12, ("MIT OR ISC",)),
        npm("real", "3.0.0", file, 23, ()),
        Problem(line=30, why="`ours` is a link to a directory", mend="look at that directory's own lock"),
        Problem(line=34, why="`git` has no version of the registry"),
    ]


def test_a_lock_of_npm_is_read_in_its_first_form() -> None:
    dependencies = {"a": {"version": "1.0.0", "dependencies": {"b": {"version": "2.0.0"}}}}
    text = json.dumps({"lockfileVersion": 1, "dependencies": dependencies}, indent=1)
    assert read("npm-shrinkwrap.json", text) == [
        npm("a", "1.0.0", "npm-shrinkwrap.json", 4),
        npm("b", "2.0.0", "npm-shrinkwrap.json", 7),
    ]


@pytest.mark.parametrize("said", ['  version "1.2.3"', "  version: 1.2.3"])
def test_a_lock_of_yarn_is_read(said: str) -> None:
    text = f'# yarn lockfile v1\n\n"@a/b@^1.0.0", "@a/b@~1.2":\n{said}\n  resolved "x"\n\nc@npm:2:\n  version "2.0.0"\n'
    assert read("yarn.lock", text) == [
        npm("@a/b", "1.2.3", "yarn.lock", 3),
        npm("c", "2.0.0", "yarn.lock", 7),
    ]


def test_a_long_key_of_yarn_is_read() -> None:
    text = '__metadata:\n  version: 8\n\n? "a@npm:^1, a@npm:^2"\n:\n  version: 1.0.0\n'
    assert read("yarn.lock", text) == [npm("a", "1.0.0", "yarn.lock", 4)]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("{{{ not\n", 1),
        ("# yarn lockfile v1\n\na@^1:\n  vers", 3),
        ('# yarn lockfile v1\n\na@^1:\n  version "1.0.0"\n\n<<<<<<< HEAD\n', 6),
        ('# yarn lockfile v1\n\na@^1:\n  version "1.0.0"\n\nb@^2', 6),
    ],
)
def test_what_is_no_lock_of_yarn_or_only_a_part_of_one_is_named(text: str, line: int) -> None:
    found = [one for one in read("yarn.lock", text) if isinstance(one, Problem)]
    assert [one.line for one in found][:1] == [line]
    assert found[0].why.startswith("it is no lock of yarn, or is cut off")


def test_a_lock_of_yarn_without_packages_is_one() -> None:
    assert read("yarn.lock", "# yarn lockfile v1\n\n\n") == []


def test_an_object_without_groups_is_no_pipfile_lock() -> None:
    why = "it has neither `default` nor `develop`"
    assert read("Pipfile.lock", "{}") == [Problem(line=1, why=why)]


def test_a_bill_of_materials_is_read_by_its_package_addresses() -> None:
    components = [
        {"purl": "pkg:pypi/Foo_Bar@1.0"},
        {"purl": "pkg:npm/%40a/b@1.2.3", "components": [{"purl": "pkg:pypi/inner@2.0?x=y"}]},
        {"purl": "pkg:deb/debian/libc6@2.36"},
        {"type": "file", "name": "no address"},
    ]
    file = "sbom.cdx.json"
    found = read(file, json.dumps({"bomFormat": "CycloneDX", "components": components}, indent=1))
    assert [(one.ecosystem, one.name, one.version) for one in found if isinstance(one, Package)] == [
        ("PyPI", "foo-bar", "1.0"),
        ("npm", "@a/b", "1.2.3"),
        ("PyPI", "inner", "2.0"),
    ]
    [problem] = [one for one in found if isinstance(one, Problem)]
    assert problem.why.startswith("`pkg:deb/debian/libc6@2.36` is of an ecosystem that is not looked at")
    spdx = {
        "packages": [{"externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:pypi/foo@1.0"}]}]
    }
    assert read("a.spdx.json", json.dumps(spdx)) == [pypi("foo", "1.0", "a.spdx.json", 1)]


NO_LIST = Problem(line=1, why="what it lists is no list of objects")


@pytest.mark.parametrize("kind", ["library", "framework", "application", "container", None, {}])
def test_a_component_without_an_address_is_none_that_was_looked_at(kind: object) -> None:
    for purl in ({}, {"purl": 7}, {"purl": ""}):
        components = [{"type": kind, "name": "who", **purl}, {"type": "file", "name": "a.txt"}]
        assert read("bom.json", json.dumps({"components": components})) == [
            Problem(line=1, why="`who` has no package URL")
        ]


def test_a_package_of_spdx_without_an_address_is_none_unless_the_document_is_of_it_alone() -> None:
    us, who = ({"SPDXID": name, "name": name} for name in ("us", "who"))
    relation = {"relationshipType": "DESCRIBES", "relatedSpdxElement": "us"}
    other = {"relationshipType": "DEPENDS_ON", "relatedSpdxElement": "who"}
    for described in ({"documentDescribes": ["us"]}, {"relationships": [relation, other]}):
        assert read("a.spdx.json", json.dumps({"packages": [us, who], **described})) == [
            Problem(line=1, why="`who` has no package URL")
        ]
    both = {"packages": [us, who], "documentDescribes": ["us", "who"]}
    assert len(read("a.spdx.json", json.dumps(both))) == 2


@pytest.mark.parametrize(
    "document",
    [{"components": {}}, {"components": [7]}, {"packages": "x"}, {"packages": [None]}, {"components": None}],
)
def test_a_bill_of_another_shape_says_so(document: dict[str, object]) -> None:
    assert read("bom.json", json.dumps(document)) == [NO_LIST]


def test_what_bills_say_of_licences_is_read() -> None:
    components = [
        {"purl": "pkg:pypi/a@1", "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Zlib"}}]},
        {"purl": "pkg:pypi/b@1", "licenses": [{"expression": "MIT OR ISC"}]},
        {"purl": "pkg:pypi/c@1", "licenses": []},
        {"purl": "pkg:pypi/d@1", "licenses": [{"license": {"id": "MIT"}}, 7]},
    ]
    purl = {"referenceType": "purl", "referenceLocator": "pkg:pypi/d@1"}
    packages = [
        {"externalRefs": [purl], "licenseConcluded": "NOASSERTION", "licenseDeclared": "ISC"},
        {"externalRefs": [purl], "licenseConcluded": "MIT", "licenseDeclared": "ISC"},
        {"externalRefs": [purl], "licenseDeclared": "NONE"},
    ]
    said = [*read("bom.json", json.dumps({"components": components}))]
    said += read("a.spdx.json", json.dumps({"packages": packages}))
    assert [one.licences for one in said if isinstance(one, Package)] == [
        ("MIT", "Zlib"),
        ("MIT OR ISC",),
        None,
        ("MIT", "?"),
        ("ISC",),
        ("MIT", "ISC"),
        None,
    ]


@pytest.mark.parametrize(
    ("purl", "product"),
    [
        ("pkg:pypi/Acme_Tool@1.0", ("PyPI", "acme-tool", "1.0")),
        ("pkg://pypi/x@1", ("PyPI", "x", "1")),
        ("PKG:PyPI/x@1", ("PyPI", "x", "1")),
        ("pkg:npm/@a/b@1", ("npm", "@a/b", "1")),
        ("pkg:npm/%40a/b@1?x=y#z", ("npm", "@a/b", "1")),
        ("pkg:pypi/x@1.0%2Bcpu", ("PyPI", "x", "1.0+cpu")),
        ("pkg:pypi/x", ("PyPI", "x", "")),
        ("pkg:pypi/x@", None),
        ("pkg:pypi/x@?a=b", None),
        ("pkg:pypi/x@#a", None),
        ("pkg:deb/debian/x@1", None),
        ("pkg:pypi/x?vers=vers:pypi/<2", None),
        ("pypi/x@1", None),
        ("", None),
    ],
)
def test_an_address_of_a_package_names_it(purl: str, product: tuple[str, str, str] | None) -> None:
    assert of_purl(purl) == product


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("uv.lock", "= broken", "it is no TOML: "),
        ("uv.lock", "version = 1", "it has no list of packages"),
        ("package-lock.json", "{", "it is no JSON: "),
        ("package-lock.json", "[]", "expected a JSON object"),
        ("package-lock.json", "{}", "it has neither `packages` nor `dependencies`"),
        ("Pipfile.lock", "nothing", "it is no JSON: "),
        ("sbom.json", "{}", "it is neither CycloneDX nor SPDX"),
        ("sbom.json", "[" * 100_000, "it is no JSON that can be read"),
    ],
)
def test_a_lock_that_does_not_parse_says_so(name: str, text: str, why: str) -> None:
    [problem] = read(name, text)
    assert isinstance(problem, Problem)
    assert problem.why.startswith(why)


@pytest.mark.parametrize(
    "name", ["README.md", "package.json", "pyproject.toml", "setup.py", "agent.py", "lock.txt"]
)
def test_what_is_no_lock_has_no_reader(name: str) -> None:
    assert reader_of(name) is None


NAMES = st.from_regex(r"[a-z][a-z0-9]{0,8}(-[a-z0-9]{1,4})?", fullmatch=True)
VERSIONS = st.from_regex(r"[0-9]{1,2}(\.[0-9]{1,2}){1,2}(rc1|\.post2)?", fullmatch=True)


@given(st.dictionaries(NAMES, VERSIONS, max_size=8))
def test_what_is_pinned_is_read_again(pins: dict[str, str]) -> None:
    text = "".join(f"{name}=={version} \\\n    --hash=sha256:00\n" for name, version in pins.items())
    found = [one for one in requirements(text, "r.txt") if isinstance(one, Package)]
    assert {one.name: one.version for one in found} == pins


SEEDS = {
    "requirements.txt": "foo==1.0 \\\n  --hash=sha256:aa\n",
    "uv.lock": '[[package]]\nname = "foo"\nversion = "1.0"\n',
    "Pipfile.lock": '{"default": {"foo": {"version": "==1.0"}}}',
    "package-lock.json": '{"packages": {"node_modules/a": {"version": "1.0.0", "license": "MIT"}}}',
    "yarn.lock": '"a@^1":\n  version "1.0.0"\n',
    "sbom.json": '{"components": [{"purl": "pkg:pypi/foo@1.0", "licenses": [{"license": {"id": "MIT"}}]}]}',
    "a.spdx.json": '{"packages": [{"externalRefs": [{"referenceType": "purl", "referenceLocator": '
    '"pkg:npm/%40a/b@1"}], "licenseDeclared": "MIT"}], "documentDescribes": ["us"]}',
}


@settings(max_examples=20_000)
@given(choices)
def test_a_lock_however_damaged_is_read_or_is_a_problem(chosen: Choices) -> None:
    name = chosen.one(tuple(SEEDS))
    seed = SEEDS[name if chosen.below(8) else chosen.one(tuple(SEEDS))].encode()
    for one in read(name, chosen.damaged(seed).decode(errors="replace")):
        assert isinstance(one, (Package, Problem))
