"""Kept results of steps: found again by their key, unless what they point at is gone."""

from pathlib import Path

from esclusa.core.evidence import Evidence, Rate
from esclusa.store import Store
from esclusa.store.schema import results
from tests.store.conftest import Open

SEEN = Evidence(measurements={"accuracy": Rate(hits=9, n=10)}, outputs={"lock": "abc"})


def test_a_result_is_found_by_its_key_and_the_last_one_counts(opened: Open) -> None:
    ours, theirs = opened().cache, opened().cache
    ours.put({"key": Evidence(), "other": Evidence(subject="other")})
    ours.put({"key": SEEN})
    ours.put({})
    assert theirs.get("key") == SEEN
    assert theirs.get("other") == Evidence(subject="other")
    assert theirs.get("unknown") is None


def test_a_result_whose_artifact_is_gone_is_as_if_never_kept(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content")
    artifact = store.artifacts.put(tmp_path / "file")
    evidence = Evidence(artifacts={"report": artifact})
    store.cache.put({"key": evidence})
    assert store.cache.get("key") == evidence
    store.artifacts.remove(artifact.digest)
    assert store.cache.get("key") is None


def test_a_result_of_another_version_is_as_if_never_kept(store: Store) -> None:
    store.cache.put({"key": SEEN})
    with store.database.write() as connection:
        connection.execute(results.update().values(body='{"from": "the future"}'))
    assert store.cache.get("key") is None
