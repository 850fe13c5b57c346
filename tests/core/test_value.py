"""Values on their way to JSON: short in the store, whole for those who read our output."""

import json

from esclusa.core.events import RolloutMoved
from esclusa.core.rollout import Exit, RolloutState
from esclusa.core.value import decode, encode, plain

MOVED = RolloutMoved(rollout="r", state=RolloutState.BAKING, position=1, share=0.05)


def test_what_is_kept_leaves_out_what_is_as_usual_and_comes_back_whole() -> None:
    kept = encode(MOVED)
    assert json.loads(kept) == {
        "kind": "rollout.moved",
        "rollout": "r",
        "state": "baking",
        "position": 1,
        "share": 0.05,
    }
    assert decode(RolloutMoved, kept) == MOVED


def test_what_others_read_has_every_key() -> None:
    assert plain({"moved": (MOVED, Exit(bake=1.0))}) == {
        "moved": [
            {
                "kind": "rollout.moved",
                "rollout": "r",
                "state": "baking",
                "position": 1,
                "share": 0.05,
                "reason": "",
                "exposed": 0,
                "harmed": 0,
            },
            {
                "bake": 1.0,
                "min_samples": 0,
                "timeout": 3600.0,
                "judged": False,
                "bounded": True,
                "concludes": False,
            },
        ]
    }
