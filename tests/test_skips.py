"""That no test is left out silently in CI."""

import pytest

from tests.skips import LISTED

pytest_plugins = ["pytester"]

HOOKS = "from tests.skips import pytest_make_collect_report, pytest_runtest_makereport\n"
LEFT_OUT = """
import pytest

@pytest.fixture
def database():
    pytest.skip("no database")

def test_with_a_database(database): ...

@pytest.mark.skipif(True, reason="no browser")
def test_in_a_browser(): ...

@pytest.mark.xfail(reason="known")
def test_known():
    assert False

@pytest.mark.skipif(True, reason="LISTED")
def test_as_somebody_else(): ...

def test_that_runs(): ...
""".replace("LISTED", next(iter(LISTED)))


@pytest.fixture
def session(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(HOOKS)
    pytester.makepyfile(test_some=LEFT_OUT)
    return pytester


def test_in_ci_a_test_that_is_skipped_has_failed_unless_its_reason_is_listed(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    done = session.runpytest_inprocess()
    done.assert_outcomes(passed=1, errors=2, skipped=1, xfailed=1)
    done.stdout.fnmatch_lines(["skipped, which in CI is a failure*: no database"])
    done.stdout.fnmatch_lines(["skipped, which in CI is a failure*: no browser"])


def test_in_ci_a_file_that_is_skipped_has_failed(
    session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    session.makepyfile(test_other="import pytest\npytest.importorskip('no_such_module')\n")
    done = session.runpytest_inprocess("test_other.py")
    done.assert_outcomes(errors=1)
    done.stdout.fnmatch_lines(["skipped, which in CI is a failure*: could not import 'no_such_module'*"])


def test_elsewhere_it_is_skipped(session: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    session.runpytest_inprocess().assert_outcomes(passed=1, skipped=3, xfailed=1)
