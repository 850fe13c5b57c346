"""What engines are let look at: all of it, or what is below some paths."""

from esclusa.core.scan import Unseen
from esclusa.scans.engines import within
from esclusa.scans.piece import Excluded, Piece, Read


def file(name: str) -> Piece:
    return Piece(name=name, data=b"")


def test_only_what_is_below_the_paths_is_read_and_what_the_run_made() -> None:
    kept: list[Read] = [
        file("prompts/a.txt"),
        file("prompts/b.zip!c.txt"),
        file("data.zip!d.txt"),
        file("evals/x/cases.jsonl"),
        Unseen(place="prompts/big.bin", why="large"),
        Excluded(place="prompts/old", pattern="old"),
        file("answers/eval.quality.jsonl"),
    ]
    others: list[Read] = [file("src/a.py"), file("prompts.py"), Unseen(place="src/big.bin", why="large")]
    assert list(within([*kept, *others], ("prompts/", "data.zip", "evals/*.jsonl", "answers/"))) == kept


def test_a_path_below_which_there_is_nothing_is_unseen() -> None:
    assert list(within([file("a.txt")], ("prompt/", "a.txt", "answers/", "logs/"))) == [
        file("a.txt"),
        Unseen(place="prompt/", why="there is no such file or directory", mend="correct `paths`"),
    ]
